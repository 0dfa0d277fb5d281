// Sample: the images of an identity document, or of a face.

import type { SampleContext } from "./context.ts";
import { photoUrl } from "./person.ts";
import type { SamplePayload } from "./resource.ts";

const READING_SECONDS = 9;

/** Statuses of the actions that are not themselves a status. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ["created", "initiated"],
  ["extracted", "processed"],
  ["pending", "submitted"],
]);

/** The payload of `document.*`. */
export function documentPayload(context: SampleContext): SamplePayload {
  const { person } = context;
  const { data } = capture(context, "document/government-id");
  Object.assign(data.attributes, {
    "front-photo": {
      filename: "document-front.jpg",
      url: photoUrl(person, "document-front.jpg"),
      "byte-size": 183_204,
    },
    ...data.attributes.status === "processed" && person,
  });
  return { data };
}

/** The payload of `selfie.*`. */
export function selfiePayload(context: SampleContext): SamplePayload {
  return capture(context, "selfie/profile-and-center");
}

function capture(context: SampleContext, type: string): SamplePayload {
  const { action, now } = context;
  const status = STATUSES.get(action) ?? action;
  return {
    data: {
      type,
      id: context.objectId(type),
      attributes: {
        status,
        "created-at": context.ago(action === "created" ? 0 : READING_SECONDS),
        "processed-at": status === "processed" ? now : null,
      },
    },
  };
}
