import { assertEquals } from "@std/assert";
import {
  type ConditionKey,
  EVENT_CONDITIONS,
  type EventConditions,
} from "../../lib/store/event_filter.ts";
import {
  readConditions,
  writeConditions,
} from "../../lib/store/read_conditions.ts";

const CONDITIONS: Required<EventConditions> = {
  ids: ["evt_1", "evt_2"],
  names: ["inquiry.*"],
  objectId: "inq_1",
  reference: "user-7",
  destination: "app",
  status: "dead",
  receivedSinceMs: 1_760_000_000_000,
  receivedUntilMs: 1_760_000_000_001,
  beforeSeq: 7,
  limit: 20,
};

Deno.test("readConditions() reads what writeConditions() wrote", () => {
  const keys = Object.keys(EVENT_CONDITIONS) as ConditionKey[];
  const written = writeConditions(CONDITIONS);
  assertEquals(Object.keys(written).length, keys.length);
  const faults: string[] = [];
  const read = readConditions(keys, {
    valuesOf(name) {
      const value = written[name];
      return Array.isArray(value) ? value : [String(value)];
    },
    nowMs: 0,
    faults,
  });
  assertEquals(read, CONDITIONS);
  assertEquals(faults, []);
});

Deno.test("readConditions() names faulty conditions and quotes their values on request", () => {
  const faults: string[] = [];
  const values: Record<string, unknown[]> = {
    status: ["open"],
    object: [7],
    since: ["1h"],
    until: ["2h"],
    limit: ["1", "2"],
  };
  readConditions(
    ["objectId", "status", "receivedSinceMs", "receivedUntilMs", "limit"],
    {
      valuesOf: (name) => values[name],
      nowMs: 1_760_000_000_000,
      faults,
      show: (name) => `--${name}`,
      isQuoting: true,
    },
  );
  assertEquals(faults, [
    "Cannot use --object as it must be an id: current value is 7",
    "Cannot use --status as it must be one of pending, done, dead, erased, none: current value is open",
    "Cannot use --limit as it must be given once",
    "Cannot use --since as it must not be after --until",
  ]);
});
