// Seals anew what is stored of an event, by the key that seals for its owner now.

import { StoreError } from "../errors.ts";
import type { StoredEvent } from "../store/event_reader.ts";
import type { ReplacedPayloads } from "../store/store.ts";
import { bodyPlace, outputPlace } from "./places.ts";
import { readSealed, sealedFromText, sealedToText } from "./sealed_bytes.ts";
import type { SealPlace, Vault } from "./vault.ts";

/**
 * Seals the payloads of an event anew, where they are in the clear or by keys that are to
 * go.
 *
 * @param stored The event as it is stored.
 * @param retired The ids of those keys; what others have sealed stays.
 * @returns Undefined if there are none.
 * @throws {StoreError} If one cannot be opened now, or there is no key.
 */
export async function sealAnew(
  { row, body, dispatches }: StoredEvent,
  vault: Vault,
  retired: ReadonlySet<string> = new Set(),
): Promise<ReplacedPayloads | undefined> {
  const renew = async (
    bytes: Uint8Array<ArrayBuffer>,
    place: SealPlace,
  ) => {
    const parts = readSealed(bytes);
    if (bytes.length === 0 || parts && !retired.has(parts.keyId)) return [];
    const opened = await vault.openStored(bytes, place, row.seq);
    if (opened.ok) {
      const { bytes: clear } = opened;
      return [{ clear, sealed: await vault.seal(clear, place) }];
    }
    if (opened.reason === "no-key") throw notOpened(row.id);
    return []; // It was changed, and nothing opens it.
  };
  const attempts = dispatches.flatMap(({ destination, attempts }) =>
    attempts.map(async ({ number, output: from }) => {
      const place = outputPlace(row, { seq: row.seq, destination, number });
      const bytes = sealedFromText(from) ?? new TextEncoder().encode(from);
      return (await renew(bytes, place)).map(({ sealed }) => {
        return { destination, number, from, to: sealedToText(sealed) };
      });
    })
  );
  const outputs = (await Promise.all(attempts)).flat();
  const from = new Uint8Array(body);
  const [renewed] = await renew(from, bodyPlace(row));
  if (!renewed && outputs.length === 0) return undefined;
  const { clear, sealed: to } = renewed ?? {};
  return {
    seq: row.seq,
    outputs,
    ...clear && to && {
      body: { from, to, digest: await vault.digest(clear) },
    },
  };
}

function notOpened(id: string): StoreError {
  return new StoreError(
    `Cannot seal ${id} anew: no key opens it`,
    "Are all keys of the settings in INBOX_ENCRYPTION_KEYS? Until then what was erased can be read in older backups",
  );
}
