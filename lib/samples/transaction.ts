import type { SampleContext } from "./context.ts";
import { type SamplePayload, toMany, toOne } from "./resource.ts";

const HOUR_SECONDS = 3600;

/** The payload of `transaction.*`. */
export function transactionPayload(context: SampleContext): SamplePayload {
  const { action, person } = context;
  const name = person === null
    ? null
    : `${person.nameFirst} ${person.nameLast}`;
  return {
    data: {
      type: "transaction",
      id: context.objectId("txn"),
      attributes: {
        status: action === "created" ? "created" : "approved",
        "reference-id": context.referenceId,
        "created-at": context.secondsBefore(
          action === "created" ? 0 : HOUR_SECONDS,
        ),
        "updated-at": context.secondsBefore(0),
        tags: context.isRedacted ? [] : ["SAMPLE"],
        fields: {
          amount: { type: "integer", value: person === null ? null : 4200 },
          currency: { type: "string", value: person === null ? null : "USD" },
          "sender-name": { type: "string", value: name },
        },
      },
      relationships: {
        reviewer: toOne("reviewer", null),
        "transaction-label": toOne(
          "transaction-label",
          action === "labeled" ? context.id("txnl") : null,
        ),
        "transaction-type": toOne("transaction-type", context.id("txntp")),
        "related-objects": toMany({ type: "account", id: context.id("act") }),
      },
    },
    included: [],
  };
}
