import type { SampleContext } from "./context.ts";
import { fullName } from "./person.ts";
import { type SamplePayload, toMany, toOne } from "./resource.ts";

const HOUR_SECONDS = 3600;

/** The payload of `transaction.*`. */
export function transactionPayload(context: SampleContext): SamplePayload {
  const { action, person } = context;
  const isCreated = action === "created";
  return {
    data: {
      type: "transaction",
      id: context.objectId("transaction"),
      attributes: {
        status: isCreated ? "created" : "approved",
        "created-at": context.ago(isCreated ? 0 : HOUR_SECONDS),
        "updated-at": context.now,
        fields: {
          amount: { type: "integer", value: person && 4200 },
          currency: { type: "string", value: person && "USD" },
          "sender-name": { type: "string", value: fullName(person) },
        },
      },
      relationships: {
        "transaction-label": toOne(
          "transaction-label",
          action === "labeled" ? context.id("transaction-label") : null,
        ),
        "related-objects": toMany({
          type: "account",
          id: context.id("account"),
        }),
      },
    },
  };
}
