import { openSealedStore } from "../../lib/app/open_sealed.ts";
import type { EncryptionKey } from "../../lib/encryption_key.ts";
import { policyTexts } from "../../lib/persona/retention_policy.ts";
import type { Delivery } from "../../lib/store/store.ts";
import { deliveries } from "./deliveries.ts";

const DAY_MS = 86_400_000;

/** The settings by which the time of all of them is over. */
const POLICY = { retention: [], retentionDays: 90, retentionDeadDays: null };

/**
 * Makes a store of events that are 100 days old, in which the default rules are in force
 * already.
 *
 * @param canary Stands in each body.
 * @returns The events.
 */
export async function makeExpiredStore(
  storeUrl: string,
  { count, canary, encryptionKeys = [] }: {
    count: number;
    canary: string;
    encryptionKeys?: readonly EncryptionKey[];
  },
): Promise<Delivery[]> {
  const config = { storeUrl, encryptionKeys, keyStoreUrl: null };
  const store = await openSealedStore(config, { bodyBytesMax: 1 << 20 });
  const receivedAtMs = Date.now() - 100 * DAY_MS;
  const events = deliveries(count).map((one, i) => ({
    ...one,
    objectId: i % 50 === 0 ? null : `inq_${Math.floor(i / 3)}`,
    receivedAtMs,
    body: new TextEncoder().encode(
      JSON.stringify({ canary, text: "x".repeat(1_000 + i) }),
    ),
  }));
  for (let at = 0; at < count; at += 200) {
    const batch = events.slice(at, at + 200);
    await Promise.all(batch.map((one) => store.accept(one)));
  }
  const state = { rules: policyTexts(POLICY), fromMs: receivedAtMs };
  await store.saveRetention({
    state: JSON.stringify({
      ...state,
      floors: [],
      isReclaimable: false,
    }),
  });
  await store.close();
  return events;
}
