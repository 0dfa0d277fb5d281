import fc from "npm:fast-check@4.11.0";
import {
  type AcceptOp,
  checkAll,
  DESTINATIONS,
  type ReadOp,
  RECORDED,
  type RecordOp,
  type RequeueOp,
  runStep,
  type Step,
  type StoreOp,
} from "../support/store_commands.ts";
import type { StoreProcess } from "../support/store_process.ts";
import { StoreRig } from "../support/store_rig.ts";

/** How long it looks for a fault; `INBOX_TEST_MODEL_SECONDS` is for a real search. */
const SECONDS = Number(Deno.env.get("INBOX_TEST_MODEL_SECONDS") ?? 15);
/** Where its random choices begin: what a failure names. */
const SEED = Deno.env.get("INBOX_TEST_MODEL_SEED");

/** For how long what fails is made smaller. */
const SHRINKING_MS = 300_000;

/** A place for one store, by its URL. */
export interface StoreUrl extends AsyncDisposable {
  readonly url: string;
}

/** An adapter whose stores outlive their processes. */
export interface ModeledAdapter {
  readonly name: string;
  /** The number of processes that have the store open. */
  readonly clients: number;
  readonly ignore?: boolean;
  place(): Promise<StoreUrl>;
}

type StoreCommand = fc.AsyncCommand<object, StoreRig>;

/**
 * Registers the test that an adapter does what the model of the contract does, whatever
 * its clients do at once and wherever they are killed.
 */
export function testAgainstModel(adapter: ModeledAdapter): void {
  Deno.test({
    name: `${adapter.name}: a store behaves like the model of its contract`,
    ignore: adapter.ignore ?? false,
    async fn() {
      const pool: StoreProcess[] = [];
      const endMs = performance.now() + SECONDS * 1_000;
      let seed = Number(SEED ?? crypto.getRandomValues(new Uint16Array(1))[0]);
      try {
        do {
          const choices = { seed: seed++, numRuns: 5 };
          const first = await fc.check(property(adapter, pool), {
            ...choices,
            endOnFailure: true,
          });
          if (!first.failed) continue;
          const smaller = await fc.check(property(adapter, pool), {
            ...choices,
            interruptAfterTimeLimit: SHRINKING_MS,
          });
          const found = smaller.counterexample === null ? first : smaller;
          throw new Error(await fc.asyncDefaultReportMessage(found));
        } while (performance.now() < endMs);
      } finally {
        for (const process of pool) await process[Symbol.asyncDispose]();
      }
    },
  });
}

function property(adapter: ModeledAdapter, pool: StoreProcess[]) {
  const commands = fc.commands(allCommands(), { maxCommands: 40, size: "max" });
  return fc.asyncProperty(commands, async (all) => {
    await using place = await adapter.place();
    const rig = new StoreRig(place.url, pool);
    try {
      for (let i = 0; i < adapter.clients; i++) await rig.addClient();
      await fc.asyncModelRun(() => ({ model: {}, real: rig }), [
        ...all,
        command("check 0", (rig) => checkAll(rig, rig.client(0), {})),
        command("check 1", (rig) => checkAll(rig, rig.client(1), {})),
      ]);
      await rig.close();
    } catch (error) {
      await rig.abandon();
      throw error;
    }
  });
}

function allCommands(): fc.Arbitrary<StoreCommand>[] {
  const client = fc.nat({ max: 1 });
  const destination = fc.constantFrom(...DESTINATIONS);
  const filter = fc.record({
    status: fc.constantFrom("pending", "done", "dead", "none"),
    destination,
    objectId: fc.constantFrom("inq_1", "inq_2"),
    beforeSeq: fc.nat({ max: 8 }),
  }, { requiredKeys: [] });
  const step = steps(client, destination).map((one) =>
    command(JSON.stringify(one), (rig) => runStep(rig, one))
  );
  return [
    ...Array.from({ length: 8 }, () => step),
    fc.tuple(client, filter).map(([n, filter]) =>
      command(
        `check ${n} ${JSON.stringify(filter)}`,
        (rig) => checkAll(rig, rig.client(n), filter),
      )
    ),
    client.map((n) =>
      command(`reopen ${n}`, (rig) => rig.reopen(rig.client(n)))
    ),
    fc.tuple(client, destination).map(([n, destination]) =>
      command(`toggle ${destination} at ${n}`, async (rig) => {
        await rig.toggle(destination, rig.client(n));
      })
    ),
    fc.tuple(client, fc.boolean()).map(([n, isFromEnd]) =>
      command(
        `follow ${n} ${isFromEnd ? "from the end" : ""}`,
        (rig) => rig.follow(rig.client(n), isFromEnd),
      )
    ),
  ];
}

function steps(
  client: fc.Arbitrary<number>,
  destination: fc.Arbitrary<string>,
): fc.Arbitrary<Step> {
  const event = fc.nat({ max: 7 });
  const accept: fc.Arbitrary<AcceptOp> = fc.record({
    kind: fc.constant("accept"),
    client,
    event,
    variant: fc.nat({ max: 1 }),
    destinations: fc.subarray([...DESTINATIONS]),
  });
  const requeue: fc.Arbitrary<RequeueOp> = fc.record({
    kind: fc.constant("requeue"),
    client,
    keys: fc.uniqueArray(fc.record({ event, destination }), {
      maxLength: 3,
      selector: (key) => JSON.stringify(key),
    }),
    dueAtMs: fc.nat({ max: 99 }),
    onlyUnfinished: fc.boolean(),
  });
  const record: fc.Arbitrary<RecordOp> = fc.record({
    kind: fc.constant("record"),
    client,
    dispatch: fc.nat({ max: 15 }),
    status: fc.constantFrom(...RECORDED),
    isRepeat: fc.boolean(),
    isOld: fc.boolean(),
    isUnfinished: fc.boolean(),
  });
  const read: fc.Arbitrary<ReadOp> = fc.record({
    kind: fc.constant("read"),
    client,
  });
  const op: fc.Arbitrary<StoreOp> = fc.oneof(
    { weight: 3, arbitrary: accept },
    { weight: 1, arbitrary: requeue },
    { weight: 3, arbitrary: record },
    { weight: 1, arbitrary: read },
  );
  return fc.record({
    ops: fc.array(op, { minLength: 1, maxLength: 6 }),
    crash: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: client },
    ),
    crashAfterMs: fc.nat({ max: 6 }),
  });
}

function command(
  text: string,
  run: (rig: StoreRig) => Promise<void>,
): StoreCommand {
  return {
    check: () => true,
    run: (_, rig) => run(rig),
    toString: () => text,
  };
}
