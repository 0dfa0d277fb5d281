// Sample: the images of an identity document.

import type { SampleContext } from "./context.ts";
import { personAttributes, photoUrl } from "./person.ts";
import { type SamplePayload, toOne } from "./resource.ts";

const READING_SECONDS = 9;

/** Statuses of the actions that are no status themselves. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ["created", "initiated"],
  ["extracted", "processed"],
  ["pending", "submitted"],
]);

/** The payload of `document.*`. */
export function documentPayload(context: SampleContext): SamplePayload {
  const { action } = context;
  const status = STATUSES.get(action) ?? action;
  const isProcessed = status === "processed";
  const person = isProcessed ? context.person : null;
  return {
    data: {
      type: "document/government-id",
      id: context.objectId("doc"),
      attributes: {
        status,
        "created-at": context.secondsBefore(
          action === "created" ? 0 : READING_SECONDS,
        ),
        "processed-at": isProcessed ? context.secondsBefore(0) : null,
        "front-photo": {
          filename: "document-front.jpg",
          url: photoUrl(context.person, "document-front.jpg"),
          "byte-size": 183_204,
        },
        ...personAttributes(person),
        "identification-number": person?.identificationNumber ?? null,
      },
      relationships: {
        inquiry: toOne("inquiry", context.id("inq")),
        template: toOne("template", null),
      },
    },
    included: [],
  };
}
