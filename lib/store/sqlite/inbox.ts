// The accepting side of a SQLite store, on the thread that receives.

import type { StatementSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import { bodyMac } from "../erasure.ts";
import {
  type DatabaseRow,
  EVENT_COLUMNS,
  insertInto,
  valuesOf,
} from "../columns.ts";
import { keptDigest, keptDigestOf } from "../kept_digest.ts";
import type { SqliteConnection } from "./connection.ts";
import type { ErasedObjects } from "./erased_objects.ts";
import type { EventIndex } from "./id_index.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { InboxResult, InboxWrite } from "../inbox_write.ts";
import type { AcceptResult, Delivery, Requeue } from "../store.ts";

/** The size of a large event, so that a nearly full disk is detected. */
const PROBE_BYTES = 128 << 10;

/** The writer of deliveries and requeues. */
export class SqliteInbox {
  readonly #connection: SqliteConnection;
  readonly #index: EventIndex;
  readonly #erased: ErasedObjects;
  readonly #insertEvent: StatementSync;
  readonly #insertBody: StatementSync;
  readonly #insertDispatch: StatementSync;
  readonly #setErased: StatementSync;
  readonly #linkKey: StatementSync;
  readonly #hasBody: StatementSync;
  readonly #tombstone: StatementSync;
  readonly #countDuplicate: StatementSync;
  readonly #requeue: StatementSync;
  readonly #requeueUnfinished: StatementSync;
  readonly #insertProbe: StatementSync;
  readonly #publishLocalUrl: StatementSync;

  /** @param parts The index of stored ids, and what was erased. */
  constructor(
    connection: SqliteConnection,
    { index, erased }: { index: EventIndex; erased: ErasedObjects },
  ) {
    const { db } = this.#connection = connection;
    this.#index = index;
    this.#erased = erased;
    const { done, pending, dead } = STATUS_CODES;
    this.#insertEvent = db.prepare(insertInto("events", EVENT_COLUMNS));
    this.#insertBody = db.prepare(
      `INSERT INTO bodies (seq, content_type, body, digest, headers)
       VALUES (?, ?, ?, ?, ?)`,
    );
    this.#insertDispatch = db.prepare(
      `INSERT INTO dispatches (seq, destination, status, due_at_ms)
       VALUES (?, ?, ?, ?)`,
    );
    this.#setErased = db.prepare(
      `UPDATE events SET erased_at_ms = ?, body_mac = ? WHERE seq = ?`,
    );
    this.#linkKey = db.prepare("SELECT key FROM link_index");
    this.#hasBody = db.prepare(
      // Where only one of the two is encrypted, they cannot be compared.
      `SELECT 1 FROM bodies WHERE seq = :seq AND (body = :body
         OR digest = :digest OR (digest IS NULL) <> (:digest IS NULL))`,
    );
    this.#tombstone = db.prepare(
      `SELECT body_mac AS mac, digest, key
       FROM events LEFT JOIN bodies USING (seq) JOIN link_index
       WHERE seq = ? AND erased_at_ms IS NOT NULL`,
    );
    this.#countDuplicate = db.prepare(
      `UPDATE events SET duplicates = duplicates + 1,
         duplicates_differing = duplicates_differing + ? WHERE seq = ?`,
    );
    this.#requeue = db.prepare(
      `INSERT INTO dispatches (seq, destination, status, due_at_ms)
       SELECT seq, ?, ${pending}, ? FROM events
       WHERE seq = ? AND erased_at_ms IS NULL
       ON CONFLICT DO UPDATE SET status = excluded.status,
         due_at_ms = excluded.due_at_ms, failures = 0, replays = replays + 1`,
    );
    this.#requeueUnfinished = db.prepare(
      `UPDATE dispatches SET due_at_ms = ?, failures = 0,
         replays = replays + (status = ${dead}), status = ${pending}
       WHERE destination = ? AND seq = ?
         AND status NOT IN (${done}, ${STATUS_CODES.erased})`,
    );
    this.#insertProbe = db.prepare(
      "INSERT INTO probe (bytes) VALUES (zeroblob(?))",
    );
    this.#publishLocalUrl = db.prepare("UPDATE server SET local_url = ?");
  }

  /** Stores a batch in one transaction, all of it or none. */
  commit(batch: readonly InboxWrite[]): Promise<InboxResult[]> {
    return this.#connection.transact(() => {
      let added = 0;
      const results = batch.map((write) => {
        if ("requeue" in write) return this.#store(write.requeue);
        const result = this.#accept(write.delivery, write.destinations);
        if (!result.duplicate) added++;
        return result;
      });
      this.#index.move(added);
      return results;
    });
  }

  /** Writes, syncs and removes something of a large event's size. */
  async probe(): Promise<void> {
    const connection = this.#connection;
    await connection.transact(() => this.#insertProbe.run(PROBE_BYTES));
    await connection.transact(() => connection.db.exec("DELETE FROM probe"));
  }

  /** Publishes the URL of this process's local listener. */
  async publishLocalUrl(localUrl: string | null): Promise<void> {
    await this.#connection.transact(() => this.#publishLocalUrl.run(localUrl));
  }

  #accept(
    delivery: Delivery,
    destinations: readonly string[],
  ): Extract<AcceptResult, { ok: true }> {
    const known = this.#index.find(delivery.id);
    if (known !== undefined) return this.#count(known, delivery);
    const { lastInsertRowid } = this.#insertEvent.run(
      ...valuesOf(EVENT_COLUMNS, delivery),
    );
    const seq = Number(lastInsertRowid);
    const isErased = this.#erased.has(delivery);
    if (isErased) this.#storeTombstone(delivery, seq);
    else {
      const { contentType, body, digest = null, headers = null } = delivery;
      this.#insertBody.run(seq, contentType, body, digest, headers);
    }
    const status = STATUS_CODES[isErased ? "erased" : "pending"];
    for (const destination of destinations) {
      this.#insertDispatch.run(
        seq,
        destination,
        status,
        delivery.receivedAtMs,
      );
    }
    this.#index.add(delivery, seq);
    return { ok: true, duplicate: false };
  }

  #storeTombstone(
    { receivedAtMs, body, digest }: Delivery,
    seq: number,
  ): void {
    const { key } = this.#linkKey.get() ?? {};
    const mac = digest ? keptDigest(digest) : bodyMac(key as Uint8Array, body);
    this.#setErased.run(receivedAtMs, mac, seq);
  }

  #count(seq: number, delivery: Delivery): Extract<AcceptResult, { ok: true }> {
    const { body, digest = null } = delivery;
    const tombstone = this.#tombstone.get(seq);
    const differs = tombstone
      ? differsFromErased(tombstone, delivery)
      : this.#hasBody.get({ seq, body, digest }) === undefined;
    this.#countDuplicate.run(differs ? 1 : 0, seq);
    return { ok: true, duplicate: true, ...(differs && { differs }) };
  }

  #store({ keys, dueAtMs, onlyUnfinished = false }: Requeue): undefined {
    for (const { seq, destination } of keys) {
      if (onlyUnfinished) {
        this.#requeueUnfinished.run(dueAtMs, destination, seq);
      } else this.#requeue.run(destination, dueAtMs, seq);
    }
  }
}

/** Returns whether a copy of an erased event has another body, as far as can be told. */
function differsFromErased(
  { mac, digest, key }: DatabaseRow,
  copy: Delivery,
): boolean {
  const known = keptDigestOf(mac) ?? digest;
  const isSealed = known instanceof Uint8Array;
  if (isSealed !== (copy.digest !== undefined)) return false;
  if (isSealed) return !isDeepStrictEqual(known, copy.digest);
  // One that was copied from another store has no MAC.
  return mac !== null &&
    !isDeepStrictEqual(mac, bodyMac(key as Uint8Array, copy.body));
}
