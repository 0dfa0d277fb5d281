// What an instance knows of erasures, which any instance may make: the database refuses
// what is stored by one that knows too little, and then it looks again.

import { APART_MS_MAX, outlivesErasure } from "../erasure.ts";
import { readHeldOf, readHoldsOfLinks } from "../sql_holds.ts";
import type { SqlSource } from "../sql_source.ts";
import type { Delivery, FoundOwner } from "../store.ts";
import type { Database } from "./database.ts";
import { DIALECT } from "./dialect.ts";
import type { PostgresErasureLog } from "./erasure_log.ts";

/** The erasures that are known. */
interface Known {
  readonly epoch: number;
  /** Events that were created later are not looked up: almost all of them. */
  readonly newestMs: number;
}

/** The erasures of a store, for the instance that receives. */
export class ErasureWatch {
  readonly #database: Database;
  readonly #log: PostgresErasureLog;
  #known: Promise<Known> | undefined;
  #generation = 0;

  constructor(database: Database, log: PostgresErasureLog) {
    this.#database = database;
    this.#log = log;
  }

  /** Another number each time that something had been erased, or keys were destroyed. */
  get generation(): number {
    return this.#generation;
  }

  /** The number without which nothing is stored. */
  async epoch(): Promise<number> {
    return (await this.#read()).epoch;
  }

  /** Looks again; returns whether there is anything new. */
  async look(): Promise<boolean> {
    const { epoch } = await this.#read();
    this.#known = undefined;
    const isNew = (await this.#read()).epoch !== epoch;
    if (isNew) this.#generation++;
    return isNew;
  }

  /** The owners that {@linkcode Store.withUnerased} tells of, while it is held. */
  async unerased(found: readonly FoundOwner[]): Promise<readonly string[]> {
    await this.look();
    const isLatest = ({ generation }: FoundOwner) =>
      generation === this.#generation;
    const ownersOf = (some: readonly FoundOwner[]) =>
      some.map(({ owner }) => owner);
    return [
      ...ownersOf(found.filter(isLatest)),
      ...await this.#neverErased(
        ownersOf(found.filter((one) => !isLatest(one))),
      ),
    ];
  }

  async #neverErased(
    owners: readonly string[],
  ): Promise<readonly string[]> {
    if (owners.length === 0) return [];
    const rows = await this.#database.query(ERASED_OWNERS, [
      JSON.stringify(owners),
    ]);
    const erased = new Set(rows.map(({ owner }) => String(owner)));
    const left = owners.filter((owner) => !erased.has(owner));
    // A restored store may know less than the log.
    if (await this.#log.newestMs() === null) return left;
    const hashOf = await this.#log.hasher();
    const logged = await this.#log.timesOf(left.map(hashOf));
    return left.filter((owner) => !logged.has(hashOf(owner)));
  }

  /** Returns those that were erased before they came in, and that nothing keeps. */
  async erasedAmong(
    deliveries: readonly Delivery[],
  ): Promise<ReadonlySet<Delivery>> {
    const { newestMs } = await this.#read();
    const older = deliveries.filter(({ name, createdAtMs, isKept }) =>
      createdAtMs !== null && createdAtMs <= newestMs &&
      !outlivesErasure(name) && !isKept
    );
    if (older.length === 0) return NONE;
    const hashOf = await this.#log.hasher();
    const hashesOf = ({ id, objectId }: Delivery) =>
      [id, objectId ?? id].map(hashOf);
    const nowMs = Math.max(...older.map(({ receivedAtMs }) => receivedAtMs));
    const timesOf = await this.#log.timesOf(
      older.flatMap(hashesOf),
      nowMs + APART_MS_MAX,
    );
    const erased = older.filter((one) =>
      hashesOf(one).some((hash) =>
        (timesOf.get(hash) ?? -Infinity) >= Number(one.createdAtMs)
      )
    );
    if (erased.length === 0) return NONE;
    return new Set(await this.#withoutHeld(erased, nowMs));
  }

  /** What is on hold is not erased, though its object was before it was held. */
  async #withoutHeld(
    deliveries: readonly Delivery[],
    nowMs: number,
  ): Promise<readonly Delivery[]> {
    const source: SqlSource = {
      dialect: DIALECT,
      read: (sql, values) => this.#database.query(sql, values),
    };
    const objectIds = deliveries.map(ownerOf);
    const held = await readHeldOf(source, { objectIds, nowMs });
    const linked = deliveries.map((one) => one.linkTokens?.() ?? []);
    const tokens = linked.flat();
    const holds = await readHoldsOfLinks(source, { tokens, nowMs });
    const heldTokens = new Set(holds.map(({ linkToken }) => linkToken));
    return deliveries.filter((one, i) =>
      !held.has(ownerOf(one)) &&
      !linked[i]?.some((token) => heldTokens.has(token))
    );
  }

  #read(): Promise<Known> {
    if (this.#known) return this.#known;
    const known = this.#load();
    known.catch(() => this.#known = undefined);
    return this.#known = known;
  }

  async #load(): Promise<Known> {
    // First the number: what is logged after it has another one.
    const [row] = await this.#database.query(
      "SELECT epoch FROM $schema.counters WHERE name = 'events'",
    );
    const newestMs = await this.#log.newestMs() ?? -Infinity;
    return { epoch: Number(row?.epoch), newestMs };
  }
}

const ERASED_OWNERS = `
  WITH owners AS (SELECT json_array_elements_text($1::text::json) AS owner)
  SELECT object_id AS owner FROM $schema.events
  WHERE object_id IN (SELECT owner FROM owners) AND erased_at_ms IS NOT NULL
  UNION SELECT id FROM $schema.events
  WHERE id IN (SELECT owner FROM owners) AND erased_at_ms IS NOT NULL`;

const NONE: ReadonlySet<Delivery> = new Set();

function ownerOf({ id, objectId }: Delivery): string {
  return objectId ?? id;
}
