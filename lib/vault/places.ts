// What stored payloads are bound to, so that one that was moved to another row does
// not open there. The content type and the headers of a delivery are in the clear and not
// bound: of headers only those of Persona and of HTTP have values, nothing of a person.

import type { Attempt, DispatchKey } from "../store/outbox.ts";
import type { SealPlace } from "./vault.ts";

/** The only source of events. */
const SOURCE = "persona";

/** The place that a payload belongs to. */
export interface PayloadOwner {
  readonly id: string;
  readonly name: string;
  readonly objectId: string | null;
}

/** Returns the owner of an event's data key. */
export function ownerOf({ id, name, objectId }: PayloadOwner): string {
  // The event that has its object's payloads erased stays, and must not keep their key.
  return objectId === null || name.endsWith(".redacted") ? id : objectId;
}

/** The place of an event's body. */
export function bodyPlace(event: PayloadOwner): SealPlace {
  const { id, name, objectId } = event;
  const former = ["body", SOURCE, id, objectId];
  return { owner: ownerOf(event), context: [...former, name], former };
}

/** The place of the output of an attempt. */
export function outputPlace(
  event: PayloadOwner,
  { seq, destination, number }: DispatchKey & Pick<Attempt, "number">,
): SealPlace {
  const context = ["output", SOURCE, seq, destination, number];
  return { owner: ownerOf(event), context };
}
