// Rows of a store that something else has changed: told, never delivered, never a crash.

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import { DatabaseSync } from "node:sqlite";
import { openSealedStore } from "../../lib/app/open_sealed.ts";
import { StoreError } from "../../lib/errors.ts";
import type { StoredEvent } from "../../lib/store/event_reader.ts";
import {
  attemptRowFields,
  dispatchFields,
  eventFields,
  storedEventJson,
} from "../../lib/views/event_json.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import { encryptionKey } from "../support/sealed_store.ts";
import { bytesOf, CANARY, eventText } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import type { FuzzTarget, OpenTarget } from "./fuzz_target.ts";

const IDS = ["evt_1", "evt_2", "evt_3", "evt_4"];
const DESTINATIONS = ["a", "b"];

/** The columns that are no part of a primary key, those with payloads more often. */
const COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ...columns(
    "events",
    ...["id", "name", "object_type", "object_id", "created_at_ms"],
    ...["received_at_ms", "secret_fingerprint", "attempts_made"],
    ...["attempts_left", "first_attempted_at_ms", "duplicates"],
    ...["duplicates_differing", "erased_at_ms", "body_mac"],
  ),
  ...columns("bodies", "content_type", "body", "body", "body", "digest"),
  ...columns("bodies", "headers"),
  ...columns("dispatches", "status", "due_at_ms", "attempts", "failures"),
  ...columns("dispatches", "replays"),
  ...columns("attempts", "seq", "destination", "number", "started_at_ms"),
  ...columns("attempts", "duration_ms", "outcome", "code", "output", "output"),
  ...columns("link_index", "linked_seq", "key"),
  ...columns("pauses", "since_ms"),
  ...columns("key_store", "id"),
  ...columns("erasures", "position"),
];

function columns(table: string, ...names: readonly string[]) {
  return names.map((name) => [table, name] as const);
}

type Cell = string | bigint | Uint8Array<ArrayBuffer> | null;

const integer: fc.Arbitrary<Cell> = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 7n, -1n, 8_640_000_000_000_001n, 1n << 53n),
  fc.constantFrom((1n << 63n) - 1n, -(1n << 63n)),
  fc.bigInt({ min: -(1n << 40n), max: 1n << 40n }),
);
const text: fc.Arbitrary<Cell> = fc.oneof(
  fc.constantFrom("", "\0", "null", "{}", "[]", "\u0001sealed:AQ==", "evt_2"),
  fc.constantFrom("inq_2", "inquiry.redacted", "\u0001sealed:%%", '{"a":'),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const blob: fc.Arbitrary<Cell> = fc.oneof(
  fc.constantFrom("", "{}", "{", '"Jo', "\u0001", "[".repeat(5_000))
    .map(bytesOf),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array(bytes)),
);

/** A change of a cell: to a value of its own, another row's, or a bit of its own. */
const change = fc.record({
  cell: fc.constantFrom(...COLUMNS),
  row: fc.nat({ max: 3 }),
  kind: fc.constantFrom("value", "null", "other", "bit"),
  integer,
  text,
  blob,
  at: fc.nat({ max: 2_000 }),
});

type Change = typeof change extends fc.Arbitrary<infer One> ? One : never;

/** A cell that is changed, and changed back at the end. */
class ChangedCell implements Disposable {
  readonly #db: DatabaseSync;
  readonly #where: string;
  readonly #before: Cell;
  /** False if the table takes no such value. */
  readonly isChanged: boolean;

  constructor(db: DatabaseSync, { cell: [table, column], ...drawn }: Change) {
    this.#db = db;
    const key = table === "dispatches"
      ? "seq || destination"
      : table === "pauses"
      ? "destination"
      : "rowid";
    const rows = this.#read(
      `SELECT ${key} AS key, ${column} AS cell FROM ${table} ORDER BY key`,
    );
    const { key: of, cell } = rows[drawn.row % rows.length]!;
    const quoted = typeof of === "string" ? `'${of}'` : String(of);
    this.#where = `${table} SET ${column} = ? WHERE ${key} = ${quoted}`;
    this.#before = cell as Cell;
    const other = rows[(drawn.row + 1 + drawn.at) % rows.length]!.cell as Cell;
    this.isChanged = this.#set(valueOf(this.#before, other, drawn));
  }

  [Symbol.dispose](): void {
    if (this.isChanged) this.#set(this.#before);
  }

  #read(sql: string) {
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all();
  }

  #set(value: Cell): boolean {
    try {
      this.#db.prepare(`UPDATE ${this.#where}`).run(value);
      return true;
    } catch {
      return false; // A STRICT table takes no such value.
    }
  }
}

function valueOf(
  before: Cell,
  other: Cell,
  { kind, integer, text, blob, at }: Omit<Change, "cell">,
): Cell {
  if (kind === "null") return null;
  if (kind === "other") return other;
  if (before instanceof Uint8Array) {
    if (kind === "value" || before.length === 0) return blob;
    const changed = new Uint8Array(before);
    changed[at % changed.length]! ^= 1 << (at & 7);
    return changed;
  }
  if (typeof before === "string") {
    if (kind === "value" || before === "") return text;
    const index = at % before.length;
    const unit = String.fromCharCode(
      before.charCodeAt(index) ^ (1 << (at & 3)),
    );
    return before.slice(0, index) + unit + before.slice(index + 1);
  }
  return integer;
}

async function filledStore(dir: TempDir, isSealed: boolean) {
  const path = `${dir.path}/inbox.db`;
  const open = new OpenStore(
    await openSealedStore({
      storeUrl: `sqlite:${path}`,
      encryptionKeys: isSealed ? [encryptionKey("k1")] : [],
      keyStoreUrl: null,
    }, { bodyBytesMax: 1 << 20 }),
  );
  for (const [i, id] of IDS.entries()) {
    const body = bytesOf(eventText(id));
    const objectId = `inq_${1 + i % 2}`;
    const headers = '{"host":"inbox.example"}';
    const seq = await open.accept(
      delivery(id, { body, objectId, headers }),
      DESTINATIONS,
    );
    const output = CANARY;
    const status = i < 2 ? "done" : "dead";
    await open.record(attempt({ seq, destination: "a" }, { output, status }));
  }
  await open.store.setPause("p", 1_750_000_000_000);
  const db = new DatabaseSync(path);
  db.exec("PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000");
  return { open, db };
}

/** Only that the store cannot be read is told; anything else is a fault of ours. */
async function unlessTold<Value>(
  reading: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await reading();
  } catch (error) {
    assert(error instanceof StoreError, String(error));
    assert(!`${error.message} ${error.hint}`.includes(CANARY));
    return undefined;
  }
}

function checkShown(stored: StoredEvent): void {
  const masked = storedEventJson(stored, { reveal: false });
  assert(!masked.includes("Canary"), masked);
  JSON.parse(masked);
  assert(!storedEventJson(stored, { reveal: true }).includes("\n"));
}

async function checkReader({ reader }: OpenStore): Promise<void> {
  const zero = { seq: 0, attemptSeq: 0 };
  const list = await unlessTold(() => reader.list({ limit: 100 })) ?? [];
  for (const row of list) JSON.stringify(eventFields(row));
  const news = await unlessTold(() => reader.news(zero, 100));
  for (const row of news?.attempts ?? []) {
    JSON.stringify(attemptRowFields(row));
  }
  const states = await unlessTold(() => reader.dispatches([1, 2, 3, 4]));
  for (const state of [...states?.values() ?? []].flat()) {
    JSON.stringify(dispatchFields(state));
  }
  for (const { id } of list) {
    const stored = await unlessTold(() => reader.get(id));
    if (stored) checkShown(stored);
  }
  await unlessTold(() => reader.totals());
  await unlessTold(() => reader.pauses());
  await unlessTold(() => reader.linkProgress());
  await unlessTold(() => reader.unlinked({ afterSeq: 0, limit: 9 }));
  await unlessTold(() => reader.newestSealed());
  await unlessTold(() => reader.keyStoreId());
}

/** What is handed out is what was stored for that very event, or nothing. */
async function checkHandedOut(open: OpenStore): Promise<void> {
  const known = new Map(IDS.map((id) => [id, eventText(id)]));
  const check = (id: string, of: { body: Uint8Array; unreadable?: string }) => {
    if (of.unreadable) return assertEquals(of.body.length, 0);
    assertEquals(new TextDecoder().decode(of.body), known.get(id));
  };
  for (const id of IDS) {
    const stored = await unlessTold(() => open.reader.get(id));
    if (stored && stored.row.status !== "erased") check(id, stored);
  }
  for (const destination of DESTINATIONS) {
    const outbox = await open.outbox(destination);
    const pending = await unlessTold(() =>
      outbox.pending({ afterSeq: 0, limit: 9 })
    );
    for (const one of pending ?? []) {
      const loaded = await unlessTold(() => outbox.load(one));
      if (loaded) check(loaded.eventId, loaded);
    }
    await unlessTold(() => outbox.lastAttempts());
  }
}

async function openRows(isSealed: boolean): Promise<OpenTarget> {
  const dir = await TempDir.make();
  const { open, db } = await filledStore(dir, isSealed);
  const property = fc.asyncProperty(change, async (change) => {
    using cell = new ChangedCell(db, change);
    if (!cell.isChanged) return;
    await checkReader(open);
    if (isSealed) await checkHandedOut(open);
  });
  return {
    property,
    async close() {
      db.close();
      await open.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

export const ROWS_TARGETS: readonly FuzzTarget[] = [
  {
    name: "rows: a changed one is shown or told, and no value escapes the mask",
    runs: 15,
    open: () => openRows(false),
  },
  {
    name: "rows: a changed one that was sealed is never handed out",
    runs: 15,
    open: () => openRows(true),
  },
];
