// The plan of `send --chaos`: deliveries that a receiver must withstand, and what
// must come out of them.

import { readEnvelope } from "../persona/envelope.ts";
import { sign } from "../persona/signature.ts";
import { SeededRandom } from "../seeded_random.ts";

/** A delivery to be made, and the answer that it must get. */
export interface ChaosDelivery {
  readonly kind: ChaosKind;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The number of times that the event was sent before. */
  readonly copy: number;
  readonly isAccepted: boolean;
}

/** An event that must come out. */
export interface ExpectedEvent {
  readonly id: string;
  readonly name: string;
  readonly objectId: string | null;
  readonly createdAt: string | null;
  /** The number of times that it came again. */
  readonly duplicates: number;
}

/** Deliveries in the order to make them, and the events in the order of `created-at`. */
export interface Chaos {
  readonly deliveries: readonly ChaosDelivery[];
  readonly expected: readonly ExpectedEvent[];
}

/** Ways to sign that a receiver must accept. */
const GOOD = ["signed", "rotation", "respelled"] as const;

/** Ways that it must refuse; the last ones bring an event that nobody sent. */
const STALE = ["stale", "future"] as const;
const FORGED = [
  "other secret",
  "changed body",
  "malformed",
  "unsigned",
] as const;

/** The way a delivery is signed. */
export type ChaosKind = typeof GOOD[number] | typeof BAD[number];

const BAD = [...STALE, ...FORGED];

/** Further from now than any tolerance. */
const STALE_SECONDS = 2 * 86_400;

/** Nobody has it. */
const OTHER_SECRET = "wbhsec_other";

/**
 * Plans deliveries: each event comes at least once and some again, all in any order, and
 * between them what must be refused.
 *
 * @param bodies Events, each with an id of its own.
 * @param seed The same one makes the same plan.
 */
export function planChaos(
  bodies: readonly Uint8Array<ArrayBuffer>[],
  seed: number,
): Chaos {
  const random = new SeededRandom(seed);
  const deliveries: ChaosDelivery[] = [];
  const expected: ExpectedEvent[] = [];
  let bad = random.below(BAD.length); // One after the other, so that each comes up.
  for (const body of bodies) {
    const copies = 1 + Math.max(0, random.below(5) - 2);
    for (let copy = 0; copy < copies; copy++) {
      const kind = random.pick(GOOD);
      deliveries.push({ kind, body, copy, isAccepted: true });
    }
    expected.push(expectedEvent(body, copies - 1));
    if (random.below(2) === 0) continue;
    const kind = BAD[bad++ % BAD.length]!;
    const isForged = FORGED.some((one) => one === kind);
    deliveries.push({
      kind,
      body: isForged ? forged(body, random) : body,
      copy: 0,
      isAccepted: false,
    });
  }
  for (let i = deliveries.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [deliveries[i], deliveries[other]] = [deliveries[other]!, deliveries[i]!];
  }
  expected.sort((a, b) => (a.createdAt ?? "") < (b.createdAt ?? "") ? -1 : 1);
  return { deliveries, expected };
}

/**
 * Signs a delivery in its way.
 *
 * @returns The header; undefined if there is none.
 */
export async function chaosSignature(
  { kind, body }: ChaosDelivery,
  { secret, nowSeconds }: {
    readonly secret: string;
    readonly nowSeconds: number;
  },
): Promise<string | undefined> {
  const signed = (by = secret, skewSeconds = 0) =>
    sign(by, body, { timestamp: nowSeconds + skewSeconds });
  switch (kind) {
    case "signed":
      return await signed();
    case "rotation":
      return `${await signed(OTHER_SECRET)} ${await signed()}`;
    case "respelled":
      return (await signed()).replace(",", ", ");
    case "stale":
      return await signed(secret, -STALE_SECONDS);
    case "future":
      return await signed(secret, STALE_SECONDS);
    case "other secret":
      return await signed(OTHER_SECRET);
    case "changed body":
      return await sign(secret, body.slice(1), { timestamp: nowSeconds });
    case "malformed":
      return (await signed()).replace("v1=", "v0=");
    case "unsigned":
      return undefined;
  }
}

/**
 * Returns an event as it must come out.
 *
 * @param duplicates How often it comes again.
 */
export function expectedEvent(
  body: Uint8Array,
  duplicates: number,
): ExpectedEvent {
  const result = readEnvelope(body);
  if (!result.ok) throw new TypeError("a sample is an event");
  const { id, name, objectId, createdAtMs } = result.envelope;
  const createdAt = createdAtMs === null
    ? null
    : new Date(createdAtMs).toISOString();
  return { id, name, objectId, createdAt, duplicates };
}

/** The same event under another id: if it is believed, that shows. */
function forged(
  body: Uint8Array<ArrayBuffer>,
  random: SeededRandom,
): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(body);
  const { id } = expectedEvent(body, 0);
  const other = `evt_forged${random.below(1e9)}`;
  return new TextEncoder().encode(text.replace(id, other));
}
