import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { EventIndex } from "../../../lib/store/sqlite/id_index.ts";
import { migrate } from "../../../lib/store/sqlite/schema.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const GATHERED_MAX = 64;

/** Stores ids alone, as the writer stores events. */
class IdStore {
  readonly db = new DatabaseSync(":memory:");
  ids: EventIndex;

  constructor() {
    migrate(this.db);
    this.ids = this.#open();
  }

  #open(): EventIndex {
    return new EventIndex(this.db, { pendingMax: GATHERED_MAX });
  }

  /** What a new process knows: only what is in the tables. */
  reopen(): void {
    this.ids = this.#open();
  }

  /** Stores those that are new, in one transaction; returns which were. */
  commit(ids: readonly string[]): boolean[] {
    this.db.exec("BEGIN");
    const isNew = this.#store(ids);
    this.db.exec("COMMIT");
    return isNew;
  }

  rollBack(ids: readonly string[]): void {
    this.db.exec("BEGIN");
    this.#store(ids);
    this.ids.invalidate();
    this.db.exec("ROLLBACK");
  }

  #store(ids: readonly string[]): boolean[] {
    const isNew = ids.map((id) => {
      if (this.ids.find(id) !== undefined) return false;
      const { lastInsertRowid } = this.db.prepare(
        "INSERT INTO events (id, object_id, name, received_at_ms) VALUES (?, ?, 'a.b', 0)",
      ).run(id, objectOf(id));
      const ids = { id, objectId: objectOf(id) };
      this.ids.add(ids, Number(lastInsertRowid));
      return true;
    });
    this.ids.move(isNew.filter(Boolean).length);
    return isNew;
  }

  /** Where the ids are: all, in the table, and in the table for certain. */
  get counts() {
    const row = this.db.prepare(
      `SELECT (SELECT count(*) FROM events) AS stored,
         (SELECT count(*) FROM event_ids) AS moved,
         (SELECT settled_seq FROM id_index) AS settled`,
    ).get();
    return {
      stored: Number(row?.stored),
      moved: Number(row?.moved),
      settled: Number(row?.settled),
    };
  }

  /** Checks that every id leads to its own event, and every object to its events. */
  assertFindsAll(context: string): void {
    this.assertObjects(context);
    for (
      const { id, seq } of this.db.prepare("SELECT id, seq FROM events").all()
    ) {
      assertEquals(this.ids.find(String(id)), Number(seq), `${context}: ${id}`);
    }
  }

  /**
   * Checks that the table has every event that has settled under its object, and
   * none twice, and none that is not there.
   */
  assertObjects(context: string): void {
    const row = this.db.prepare(
      `SELECT count(*) AS moved, count(DISTINCT seq) AS events,
         (SELECT count(*) FROM events JOIN event_objects USING (object_id, seq))
           AS own,
         (SELECT count(*) FROM events WHERE object_id IS NOT NULL
            AND seq <= (SELECT settled_seq FROM id_index)
            AND (object_id, seq) NOT IN (SELECT object_id, seq FROM event_objects))
           AS missing
       FROM event_objects`,
    ).get();
    const moved = Number(row?.moved);
    const expected = { moved, events: moved, own: moved, missing: 0 };
    assertEquals<unknown>({ ...row }, expected, context);
  }
}

/** Objects with many events, with one, and none. */
function objectOf(id: string): string | null {
  if (id.length === 8) return null;
  return id.length < 12 ? `inq_${id.length}` : `inq_${id}`;
}

/** Ids in no order, as Persona's are; some beyond ASCII. */
function randomId(random: SeededRandom): string {
  const letters = "abcXYZ059_-é木🗝";
  const length = 8 + random.below(8);
  return Array.from({ length }, () => random.pick([...letters])).join("");
}

function randomIds(count: number, seed: number): string[] {
  const random = new SeededRandom(seed);
  const ids = new Set<string>();
  while (ids.size < count) ids.add(randomId(random));
  return [...ids];
}

Deno.test("EventIndex finds every id at every stage", () => {
  const store = new IdStore();
  const ids = randomIds(GATHERED_MAX * 5, 1);
  const stages = new Set<string>();
  for (const [i, id] of ids.entries()) {
    assertEquals(store.ids.find(id), undefined);
    assertEquals(store.commit([id]), [true]);
    assertEquals(store.commit([id]), [false]);
    store.assertFindsAll(`after ${i + 1}`);
    const { stored, moved, settled } = store.counts;
    if (moved === 0) stages.add("gathering");
    else if (moved > settled) stages.add("moving");
    else if (settled < stored) stages.add("settled and gathering");
  }
  assertEquals(stages.size, 3);
});

Deno.test("EventIndex finds every id after a restart at every stage", () => {
  const store = new IdStore();
  for (const [i, id] of randomIds(GATHERED_MAX * 4, 2).entries()) {
    store.commit([id]);
    store.reopen();
    store.assertFindsAll(`reopened after ${i + 1}`);
  }
  assert(store.counts.settled > GATHERED_MAX, "it must have settled");
});

Deno.test("EventIndex invalidates ids after a rollback at every stage", () => {
  const store = new IdStore();
  const ids = randomIds(GATHERED_MAX * 8, 3);
  for (let i = 0; i < ids.length; i += 2) {
    const [kept, lost] = [ids[i]!, ids[i + 1]!];
    store.rollBack([lost, kept]);
    assertEquals(store.commit([kept, lost]), [true, true]);
    store.assertFindsAll(`after ${i + 1}`);
  }
  assert(store.counts.settled > GATHERED_MAX, "it must have settled");
});

Deno.test("EventIndex moves ids and advances settled_seq to the latest arrival", () => {
  const store = new IdStore();
  const ids = randomIds(GATHERED_MAX * 20, 4);
  for (const [i, id] of ids.entries()) {
    store.commit([id]);
    const { stored, moved, settled } = store.counts;
    assertEquals(stored, i + 1);
    const certain = store.db.prepare(
      `SELECT count(*) AS missing FROM events
       WHERE seq <= ? AND id NOT IN (SELECT id FROM event_ids)`,
    ).get(settled);
    assertEquals(certain?.missing, 0, `after ${i + 1}`);
    const inMemory = stored - settled;
    if (inMemory > GATHERED_MAX * 1.5) {
      throw new Error(`Too many in memory: ${inMemory}, moved ${moved}`);
    }
  }
});

Deno.test("EventIndex moves a batch larger than its limit in memory", () => {
  const store = new IdStore();
  const ids = randomIds(GATHERED_MAX * 6, 5);
  const half = ids.length / 2;
  assertEquals(store.commit(ids.slice(0, half)), Array(half).fill(true));
  assertEquals(store.counts, { stored: half, moved: half, settled: half });
  assertEquals(store.commit([...ids, ...ids]).filter(Boolean).length, half);
  store.assertFindsAll("at the end");
});

Deno.test("EventIndex moves objects that lag behind ids, as version 1 left them", () => {
  const store = new IdStore();
  const ids = randomIds(GATHERED_MAX * 3, 8);
  store.commit(ids.slice(0, GATHERED_MAX - 1));
  store.db.exec("INSERT INTO event_ids SELECT id, seq FROM events");
  store.reopen();
  for (const id of ids.slice(GATHERED_MAX - 1)) {
    store.commit([id]);
    store.assertFindsAll(`after ${id}`);
  }
  assert(store.counts.settled >= GATHERED_MAX, "it must have settled");
});

Deno.test("EventIndex reloads ids after a failed reload", () => {
  const store = new IdStore();
  const ids = randomIds(GATHERED_MAX + 20, 6);
  for (const id of ids) store.commit([id]);
  store.rollBack(["another"]);
  store.db.exec("ALTER TABLE events RENAME TO elsewhere");
  for (let i = 0; i < 2; i++) {
    assertThrows(() => store.ids.find(ids[0]!), "no answer is better");
  }
  store.db.exec("ALTER TABLE elsewhere RENAME TO events");
  assertEquals(store.commit(ids), ids.map(() => false));
});

Deno.test("EventIndex agrees with a set under random work", () => {
  for (let seed = 0; seed < 10; seed++) {
    const random = new SeededRandom(seed);
    const store = new IdStore();
    const known = new Set<string>();
    const pool = randomIds(GATHERED_MAX * 8, seed + 100);
    for (let step = 0; step < 300; step++) {
      const batch = Array.from(
        { length: random.below(12) },
        () => random.pick(pool),
      );
      const choice = random.below(20);
      if (choice === 0) store.reopen();
      else if (choice === 1) store.rollBack(batch);
      else {
        const expected = batch.map((id) => {
          const isNew = !known.has(id);
          known.add(id);
          return isNew;
        });
        assertEquals(store.commit(batch), expected, `seed ${seed}, ${step}`);
      }
      store.assertObjects(`seed ${seed}, ${step}`);
    }
    assertEquals(store.counts.stored, known.size);
    assert(store.counts.settled > 0, "it must have settled");
  }
});
