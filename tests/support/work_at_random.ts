import type { AttemptedStatus, DispatchKey } from "../../lib/store/outbox.ts";
import { attempt } from "./attempts.ts";
import { delivery } from "./deliveries.ts";
import type { OpenStore } from "./open_store.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { StoreModel } from "./store_model.ts";

/** Few of each, so that they meet. */
export const OBJECTS = ["inq_1", "inq_2", "INQ_1", null] as const;
export const NAMES = ["inquiry.created", "inquiry.approved", "a/b.c"] as const;
const DESTINATIONS = ["a", "b", "c"] as const;
const STATUSES: readonly AttemptedStatus[] = [
  "done",
  "done",
  "dead",
  "pending",
];

/**
 * Accepts, records and requeues, in a store and in its model alike.
 *
 * @param open The store.
 * @param model What it should hold.
 * @param random Chooses.
 * @param steps How much to do.
 */
export async function workAtRandom(
  open: OpenStore,
  model: StoreModel,
  random: SeededRandom,
  steps: number,
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const choice = random.below(10);
    if (choice < 4) await acceptOne(open, model, random);
    else if (choice < 9) await recordOne(open, model, random);
    else {
      const keys = Array.from(
        { length: random.below(4) },
        () => anyKey(model, random),
      );
      await open.requeue(keys, random.below(100));
      model.requeue(keys);
    }
  }
}

async function acceptOne(
  open: OpenStore,
  model: StoreModel,
  random: SeededRandom,
): Promise<void> {
  const event = delivery(`evt_${random.below(1e9)}`, {
    name: random.pick(NAMES),
    objectId: random.pick(OBJECTS),
    createdAtMs: random.below(5) === 0 ? null : random.below(20),
    receivedAtMs: random.below(20),
  });
  const destinations = DESTINATIONS.filter(() => random.below(2) === 0);
  model.accept(event, await open.accept(event, destinations), destinations);
}

async function recordOne(
  open: OpenStore,
  model: StoreModel,
  random: SeededRandom,
): Promise<void> {
  const pending = model.dispatches("pending");
  const key = pending.length > 0 && random.below(10) > 0
    ? random.pick(pending)
    : anyKey(model, random);
  const status = random.pick(STATUSES);
  const number = 1 + random.below(9);
  // Some began before the last replay.
  const { replays: latest = 0 } = pending.find((one) => one === key) ?? {};
  const replays = Math.max(latest - (random.below(4) === 0 ? 1 : 0), 0);
  const dueAtMs = random.below(100);
  const record = attempt(key, { status, number, dueAtMs, replays });
  await open.record(record);
  model.record(record);
}

/** Of a dispatch that is there, that could be, or of no event at all. */
function anyKey(model: StoreModel, random: SeededRandom): DispatchKey {
  const seq = random.pick([...model.seqs, 0, 1e9]);
  return { seq, destination: random.pick(DESTINATIONS) };
}
