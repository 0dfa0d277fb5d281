// Bodies that are sealed together, each in its place, in memory that two threads share.

import { FatalStoreError } from "../errors.ts";
import type { Delivery } from "../store/store.ts";
import type { ClientOptions } from "../store/client_options.ts";
import type { StoreFault } from "../store/store_fault.ts";
import { bodyPlace, type PayloadOwner } from "./places.ts";
import { SEAL_BYTES } from "./sealed_bytes.ts";
import { faultOf } from "./tell_failure.ts";
import type { Vault } from "./vault.ts";

const DIGEST_BYTES = 32;

/** Bodies, each with room for what sealing adds and its digest. */
export interface BodyGroup {
  readonly events: readonly GroupedEvent[];
  readonly memory: SharedArrayBuffer;
  /** See {@linkcode Store.keyGeneration}. */
  readonly generation: number;
}

/** An event, and where its body is. */
export interface GroupedEvent extends PayloadOwner {
  readonly start: number;
  readonly bodyBytes: number;
}

/** Seals the bodies of a group; of each it returns what went wrong, if something did. */
export type SealGroup = (
  group: BodyGroup,
) => Promise<readonly (StoreFault | null)[]>;

/** Copies bodies to a group. */
export function groupBodies(
  deliveries: readonly Delivery[],
  generation = 0,
): BodyGroup {
  let end = 0;
  const events = deliveries.map(({ id, name, objectId, body }) => {
    const start = end;
    end += body.length + SEAL_BYTES + DIGEST_BYTES;
    return { id, name, objectId, start, bodyBytes: body.length };
  });
  const memory = new SharedArrayBuffer(end);
  const bytes = new Uint8Array(memory);
  for (const [i, { start }] of events.entries()) {
    bytes.set(deliveries[i]!.body, start);
  }
  return { events, memory, generation };
}

/** Returns the parts of a group that belong to an event, once it is sealed. */
export function sealedParts(
  { memory }: Pick<BodyGroup, "memory">,
  { start, bodyBytes }: GroupedEvent,
): { readonly body: Uint8Array; readonly digest: Uint8Array } {
  const sealedBytes = bodyBytes + SEAL_BYTES;
  return {
    body: new Uint8Array(memory, start, sealedBytes),
    digest: new Uint8Array(memory, start + sealedBytes, DIGEST_BYTES),
  };
}

/** Returns what seals groups in this thread. */
export function groupSealer(
  vault: Vault,
  { onFatal }: Pick<ClientOptions, "onFatal"> = {},
): SealGroup {
  return async ({ events, memory, generation }) => {
    // Keys that are known need no call, and could be lost with files that are gone.
    await vault.held.check();
    vault.renew(generation);
    // WebCrypto takes no memory that is shared.
    const clear = new Uint8Array(new ArrayBuffer(memory.byteLength));
    clear.set(new Uint8Array(memory));
    const bodies = events.map((event) => {
      const { start, bodyBytes } = event;
      const bytes = clear.subarray(start, start + bodyBytes);
      const { body: target, digest } = sealedParts({ memory }, event);
      return { bytes, place: bodyPlace(event), target, digest };
    });
    const sealed = vault.sealInto(bodies);
    const results = bodies.map(async ({ bytes, digest }, i) => {
      try {
        const [mac] = await Promise.all([vault.digest(bytes), sealed[i]]);
        digest.set(mac);
        return null;
      } catch (error) {
        const fault = faultOf(error);
        if (error instanceof FatalStoreError) onFatal?.(fault);
        return fault;
      }
    });
    return await Promise.all(results);
  };
}
