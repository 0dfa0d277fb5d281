import type { SampleContext } from "./context.ts";
import { type SamplePayload, toOne } from "./resource.ts";

const CAPTURE_SECONDS = 6;

/** The payload of `selfie.*`. */
export function selfiePayload(context: SampleContext): SamplePayload {
  const { action } = context;
  return {
    data: {
      type: "selfie/profile-and-center",
      id: context.objectId("self"),
      attributes: {
        status: action === "created" ? "initiated" : action,
        "created-at": context.secondsBefore(
          action === "created" ? 0 : CAPTURE_SECONDS,
        ),
        "processed-at": action === "processed"
          ? context.secondsBefore(0)
          : null,
      },
      relationships: {
        inquiry: toOne("inquiry", context.id("inq")),
      },
    },
    included: [],
  };
}
