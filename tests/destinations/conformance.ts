import { assert, assertEquals } from "@std/assert";
import type {
  AttemptFault,
  AttemptOutcome,
  Destination,
  Dispatch,
} from "../../lib/destinations/destination.ts";
import { randomBytes } from "../support/deliveries.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { bytesOf, eventText } from "../support/signed_delivery.ts";
import { eventually, within } from "../support/within.ts";

/**
 * Another side for one destination. It keeps each body under the event's id, and
 * then does what the event's name says: `do.fail`, `do.hang`, or `do.flood`, which
 * says `x` and 50 000 times `é` and fails; it takes every other event.
 */
export interface DestinationPlace extends AsyncDisposable {
  open(options: { timeoutMs: number }): Promise<Destination>;
  /** What arrived under an id, null when nothing did yet. */
  received(eventId: string): Promise<Uint8Array | null>;
}

/** What a kind of destination gives to be tested. */
export interface DestinationKind {
  readonly name: string;
  /** Why `do.fail` fails. */
  readonly fault: AttemptFault;
  /** Whether a body need not be an event. */
  readonly takesAnyBytes: boolean;
  place(): Promise<DestinationPlace>;
}

/** Long enough for any machine; nothing waits for its end. */
const AMPLE_MS = 60_000;

const MEBIBYTE = 1 << 20;

/** Registers the tests that every kind must pass. */
export function testDestination(kind: DestinationKind): void {
  function test(
    name: string,
    body: (place: DestinationPlace) => Promise<void>,
  ) {
    Deno.test(`${kind.name}: ${name}`, async () => {
      await using place = await kind.place();
      await body(place);
    });
  }

  test("attempt() tells of success", async (place) => {
    await using opened = await open(place);
    const outcome = await attempt(opened, dispatchOf());
    assert(outcome.ok, JSON.stringify(outcome));
    assertEquals(await place.received("evt_1"), dispatchOf().body);
  });

  test("attempt() tells of failure", async (place) => {
    await using opened = await open(place);
    const fail = dispatchOf({ eventName: "do.fail" });
    assertEquals(faultOf(await attempt(opened, fail)), kind.fault);
    assertEquals(await place.received("evt_1"), fail.body);
  });

  test("attempt() delivers the exact bytes", async (place) => {
    await using opened = await open(place);
    const bodies = exactBodies(kind.takesAnyBytes);
    for (const [name, body] of Object.entries(bodies)) {
      const outcome = await attempt(opened, dispatchOf({ body }));
      assert(outcome.ok, name);
      const received = await place.received("evt_1");
      assert(received !== null && areEqual(received, body), name);
    }
  });

  test("attempt() takes ids and names of any characters", async (place) => {
    await using opened = await open(place);
    for (
      const text of ['"$(touch x)"', "`'; rm -rf .", "木 🗝 é", "%00", "-n"]
    ) {
      const body = bytesOf(eventText(text));
      const hostile = { eventId: text, eventName: text, objectId: text, body };
      const outcome = await attempt(opened, dispatchOf(hostile));
      assert(outcome.ok, `${text}: ${JSON.stringify(outcome)}`);
    }
  });

  test("attempt() ends at its timeout while others go on", async (place) => {
    await using slow = await open(place); // The first start of a kind can be.
    assert((await attempt(slow, dispatchOf({ eventId: "evt_0" }))).ok);
    await using opened = await open(place, 5_000);
    const hang = dispatchOf({
      eventId: "evt_hang",
      eventName: "do.hang",
      objectId: "inq_2", // Attempts for one object may wait for each other.
    });
    const hanging = attempt(opened, hang);
    await arrival(place, "evt_hang");
    assert((await attempt(opened, dispatchOf())).ok);
    assertEquals(faultOf(await hanging), "timeout");
    assert((await attempt(opened, dispatchOf({ eventId: "evt_2" }))).ok);
  });

  test("attempt() ends when we stop", async (place) => {
    await using opened = await open(place);
    const stop = new AbortController();
    const hang = dispatchOf({ eventName: "do.hang" });
    const hanging = attempt(opened, hang, stop.signal);
    await arrival(place, "evt_1");
    stop.abort();
    assertEquals(faultOf(await hanging), "aborted");
  });

  test("attempt() does not begin when we have stopped", async (place) => {
    await using opened = await open(place);
    const late = dispatchOf({ eventId: "evt_late" });
    const outcome = await attempt(opened, late, AbortSignal.abort());
    assertEquals(faultOf(outcome), "aborted");
    assert((await attempt(opened, dispatchOf())).ok);
    assertEquals(await place.received("evt_late"), null);
  });

  test("attempt() leaves nothing on the signal to stop", async (place) => {
    await using opened = await open(place);
    const { signal } = new AbortController();
    let listeners = 0;
    for (const [name, step] of [["add", 1], ["remove", -1]] as const) {
      const original = signal[`${name}EventListener`].bind(signal);
      signal[`${name}EventListener`] = (...args: [string, EventListener]) => {
        listeners += step;
        original(...args);
      };
    }
    for (const eventName of ["do.succeed", "do.fail"]) {
      await attempt(opened, dispatchOf({ eventName }), signal);
      assertEquals(listeners, 0);
    }
  });

  test("attempt() keeps 4096 bytes, and no half characters", async (place) => {
    await using opened = await open(place);
    const flood = dispatchOf({ eventName: "do.flood" });
    const outcome = await attempt(opened, flood);
    assertEquals(faultOf(outcome), kind.fault);
    const length = bytesOf(outcome.output).length;
    assert(length > 4_090 && length <= 4_096, `${length} bytes`);
    assert(!outcome.output.includes("\ufffd"));
    assert(outcome.output.includes("éé"));
  });

  test("attempt() keeps many at once apart", async (place) => {
    await using opened = await open(place);
    const dispatches = Array.from({ length: 60 }, (_, i) =>
      dispatchOf({
        eventId: `evt_${i}`,
        eventName: i % 3 === 0 ? "do.fail" : "do.succeed",
      }));
    const outcomes = await Promise.all(
      dispatches.map((dispatch) => attempt(opened, dispatch)),
    );
    for (const [i, { eventId, body }] of dispatches.entries()) {
      assertEquals(faultOf(outcomes[i]!), i % 3 === 0 ? kind.fault : "none");
      assertEquals(await place.received(eventId), body);
    }
  });

  test("close() may come first, and again", async (place) => {
    const destination = await place.open({ timeoutMs: AMPLE_MS });
    await destination.close();
    await destination.close();
  });
}

interface Opened extends AsyncDisposable {
  destination: Destination;
}

async function open(
  place: DestinationPlace,
  timeoutMs = AMPLE_MS,
): Promise<Opened> {
  const destination = await place.open({ timeoutMs });
  return { destination, [Symbol.asyncDispose]: () => destination.close() };
}

function attempt(
  { destination }: Opened,
  dispatch: Dispatch,
  stop = NEVER,
): Promise<AttemptOutcome> {
  const outcome = destination.attempt(dispatch, stop);
  return within(60_000, outcome, () => `the end of ${dispatch.eventName}`);
}

function faultOf(outcome: AttemptOutcome): string {
  return outcome.ok ? "none" : outcome.reason;
}

function arrival(place: DestinationPlace, eventId: string): Promise<void> {
  const hasArrived = async () => await place.received(eventId) !== null;
  return eventually(60_000, hasArrived, () => `${eventId} to arrive`);
}

function exactBodies(
  withBinary: boolean,
): Record<string, Uint8Array<ArrayBuffer>> {
  const random = new SeededRandom(3);
  const spaced = eventText().replaceAll('":', '" :\t').replace("{", "{\r\n");
  const foreign = spaced.replace('"note"', '"n":[1.0,1e2,"\\u0041\\/"],"note"');
  const large = eventText("evt_1", "é".repeat(MEBIBYTE / 2));
  const bodies = {
    "as JSON.stringify() would not": bytesOf(` ${foreign}\n\n`),
    "with a byte-order mark": bytesOf(`\ufeff${eventText()}`),
    "a mebibyte": bytesOf(large),
    "a part of a buffer": bytesOf(`<<<${eventText()}>>>`).subarray(3, -3),
  };
  if (!withBinary) return bodies;
  return {
    ...bodies,
    "every byte": Uint8Array.from({ length: 256 }, (_, i) => i),
    "nothing": new Uint8Array(),
    "a zero": new Uint8Array(1),
    "a random mebibyte": randomBytes(MEBIBYTE, random),
  };
}

/** As `assertEquals()` takes seconds for a mebibyte. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
