// Erasure of what is stored of a person: finds all objects that belong together, erases
// their payloads, and tells the destinations that had received something.

import type { Clock } from "../clock.ts";
import type { Subscriptions } from "../dispatch/subscriptions.ts";
import { InboxError, StoreError } from "../errors.ts";
import { type Link, linksOf } from "../persona/links.ts";
import type { AuditTrail } from "../store/audit.ts";
import type { EventReader, EventRow } from "../store/event_reader.ts";
import { outlivesErasure } from "../store/erasure.ts";
import { findLinked } from "../store/find_linked.ts";
import { createLinkTokens, type UnlinkedEvent } from "../store/links.ts";
import type { Store } from "../store/store.ts";
import type { EraseResult, EraseTarget } from "../views/erase_result.ts";
import { ownEvent } from "./own_event.ts";

/** More objects than one person has: a link that many share was followed. */
const OBJECTS_MAX = 1_000;

/** Events of one object: more are no person's. */
const OBJECT_EVENTS_MAX = 10_000;

/** Objects that a record of the audit trail names. */
const RECORDED_MAX = 50;

/** Dependencies of {@linkcode PersonEraser}. */
export interface EraserDeps {
  readonly store: Pick<Store, "accept" | "erase">;
  readonly reader: EventReader;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly audit: Pick<AuditTrail, "append">;
}

/** Options of an erasure. */
export interface EraseOptions {
  readonly isDryRun: boolean;
  /** Who erases, for the audit trail. */
  readonly by: string;
}

/**
 * Erases, or only counts.
 *
 * @throws {StoreError} If the store cannot be read, or did not accept it.
 * @throws {InboxError} If nothing is stored of the target, or too much would be reached.
 */
export type Eraser = (
  target: EraseTarget,
  options: EraseOptions,
) => Promise<EraseResult>;

/** An object with its events that have a payload, and its links. */
interface Found {
  readonly id: string;
  readonly type: string | null;
  readonly rows: readonly EventRow[];
  readonly links: readonly Link[];
}

/** The eraser of one store. */
export class PersonEraser {
  readonly #deps: EraserDeps;

  constructor(deps: EraserDeps) {
    this.#deps = deps;
  }

  /** See {@linkcode Eraser}. */
  readonly erase: Eraser = async (target, options) => {
    const throughSeq = (await this.#deps.reader.end()).seq;
    const found = await this.#reach(target);
    const beforeMs = this.#deps.clock.nowMs();
    const key = crypto.randomUUID();
    return await this.#erase(found, { throughSeq, beforeMs, key, ...options });
  };

  /**
   * Erases what came in or was created before an event that tells that Persona has
   * redacted its object: what is stored of it, and of what belongs to it and is never redacted by an event of
   * its own, such as an inquiry's verifications.
   */
  async eraseRedacted(
    event: Omit<UnlinkedEvent, "name" | "body">,
  ): Promise<EraseResult> {
    const { objectId, objectType, seq, createdAtMs } = event;
    const ids = objectId === null ? [] : [objectId];
    if (objectType === "inquiry" || objectType === "account") {
      const link = { kind: objectType, value: objectId ?? "" } as const;
      // Events that are not searched yet came later.
      const { objectIds } = await findLinked([link], this.#deps.reader);
      ids.push(...objectIds.filter((id) => id !== objectId));
    }
    const found: Found[] = [];
    for (const id of ids) {
      const one = await this.#read(id);
      const isOwn = id === objectId;
      if (isOwn || !isRedactable(one.type)) found.push(one);
    }
    const key = `redacted_${event.id}`;
    return await this.#erase(found, {
      throughSeq: seq - 1,
      beforeMs: createdAtMs ?? 0,
      key,
      isDryRun: false,
      by: event.id,
    });
  }

  /** Follows links from object to object, unless they may lead to somebody else. */
  async #reach({ kind, value }: EraseTarget): Promise<Found[]> {
    const found = new Map<string, Found>();
    const followed = new Set<string>();
    const objects = kind === "object"
      ? [value]
      : [...(await this.#linked([{ kind, value }])).objectIds];
    for (let id = objects.pop(); id !== undefined; id = objects.pop()) {
      if (found.has(id)) continue;
      const one = await this.#read(id);
      found.set(id, one);
      if (found.size > OBJECTS_MAX) throw tooMuch(value);
      const links = followable(one).filter((link) =>
        !followed.has(`${link.kind} ${link.value}`)
      );
      for (const link of links) followed.add(`${link.kind} ${link.value}`);
      if (links.length > 0) {
        objects.push(...(await this.#linked(links)).objectIds);
      }
    }
    const all = [...found.values()];
    if (all.some(({ rows }) => rows.length > 0)) return all;
    throw new InboxError(
      `Nothing to erase: no payload of ${
        kind === "object" ? value : `that ${kind}`
      } is stored`,
      "Find its objects with the events command; erase needs whole ids",
    );
  }

  async #linked(links: readonly Link[]) {
    const linked = await findLinked(links, this.#deps.reader);
    if (linked.unsearched === 0) return linked;
    throw new InboxError(
      `Cannot erase: ${linked.unsearched} events of an older store are not indexed by their references yet`,
      "The server does that in the background: try again later",
    );
  }

  async #read(id: string): Promise<Found> {
    const { reader } = this.#deps;
    const rows = await reader.list({
      objectIds: [id],
      limit: OBJECT_EVENTS_MAX + 1,
    });
    if (rows.length > OBJECT_EVENTS_MAX) throw tooMuch(id);
    const links = new Map<string, Link>();
    const stored = rows.filter(({ status }) => status !== "erased");
    for (const row of stored) {
      for (const link of linksOf((await reader.get(row.id))?.body ?? NONE)) {
        links.set(`${link.kind} ${link.value}`, link);
      }
    }
    const type = rows[0]?.objectType ?? null;
    return { id, type, rows: stored, links: [...links.values()] };
  }

  async #erase(
    found: readonly Found[],
    { throughSeq, beforeMs, key, isDryRun, by }: EraseOptions & {
      throughSeq: number;
      beforeMs: number;
      key: string;
    },
  ): Promise<EraseResult> {
    const { store, reader, clock } = this.#deps;
    const objects = found.map(({ rows, ...one }) => ({
      ...one,
      rows: rows.filter(({ seq, createdAtMs, name }) =>
        seq <= throughSeq ||
        (createdAtMs ?? Infinity) <= beforeMs && !outlivesErasure(name)
      ),
    })).filter(({ rows }) => rows.length > 0);
    const seqs = objects.flatMap(({ rows }) => rows.map(({ seq }) => seq));
    const dispatches = await reader.dispatches(seqs);
    const pending: Record<string, number> = {};
    const received = new Set<string>();
    for (const { status, destination } of [...dispatches.values()].flat()) {
      // One that is pending may have been tried.
      received.add(destination);
      if (status !== "pending" && status !== "dead") continue;
      pending[destination] = (pending[destination] ?? 0) + 1;
    }
    const result: EraseResult = {
      objects: objects.map(({ id, type, rows }) => ({
        id,
        type,
        events: rows.length,
      })),
      events: seqs.length,
      notFollowed: objects.filter(isShared).map(({ id }) => id),
      pending,
      received: [...received].sort(),
    };
    if (isDryRun || seqs.length === 0) return result;
    await this.#record(result, by);
    const tokensOf = createLinkTokens(await reader.linkProgress());
    await this.#tell(result, objects, key);
    const outcome = await store.erase({
      objectIds: objects.map(({ id }) => id),
      eventIds: [],
      throughSeq,
      beforeMs,
      erasedAtMs: clock.nowMs(),
      links: objects.flatMap(({ id, links }) =>
        links.flatMap(tokensOf).map((token) => [token, id] as const)
      ),
    });
    if (outcome === "erased") return result;
    throw new StoreError(
      "Cannot erase: the store did not accept all of it",
      "Look for store failed in the log, fix that, and erase again: until then it may still be there",
    );
  }

  async #record({ objects, events }: EraseResult, by: string): Promise<void> {
    const { audit, clock } = this.#deps;
    const ids = objects.slice(0, RECORDED_MAX).map(({ id }) => id);
    const more = objects.length - ids.length;
    const list = [...ids, ...(more > 0 ? [`${more} more`] : [])].join(", ");
    const subject = objects.length === 1 ? ids[0] ?? null : null;
    const detail = `${events} events of ${list}`;
    await audit.append({ act: "erase", by, subject, detail }, clock.nowMs());
  }

  /** First: what is told twice does no harm, and what is never told would. */
  async #tell(
    { objects, received }: EraseResult,
    found: readonly Pick<Found, "rows">[],
    key: string,
  ): Promise<void> {
    const { store, subscriptions, clock } = this.#deps;
    const delivery = ownEvent({
      name: "inbox.erased",
      key,
      attributes: {
        "object-ids": objects.map(({ id }) => id),
        "event-ids": found.flatMap(({ rows }) => rows.map(({ id }) => id)),
      },
    }, clock.nowMs());
    const destinations = subscriptions.destinationsFor(delivery, delivery.body)
      .filter((name) => received.includes(name));
    if (destinations.length === 0) return;
    const accepted = await store.accept(delivery, destinations);
    if (accepted.ok) return;
    throw new StoreError(
      "Cannot erase: the store did not accept the news for destinations",
      "Look for store failed in the log, then erase again; nothing was erased",
    );
  }
}

const NONE = new Uint8Array();

/** Types that Persona redacts by an event of their own. */
function isRedactable(type: string | null): boolean {
  return type !== null && [
    "account",
    "inquiry",
    "case",
    "transaction",
    "authentication",
    "account-property",
  ].includes(type);
}

/**
 * Returns whether an object names several inquiries, accounts or references: those of
 * several people, as a case may, or of one whose inquiry moved.
 */
function isShared({ type, links }: Found): boolean {
  const kinds = new Set<string>();
  return links.some(({ kind }) => {
    // What an account names is its own; it may name the accounts that went into it.
    if (type === "account" && kind !== "reference") return false;
    return kinds.size === kinds.add(kind).size;
  });
}

/**
 * The links of an object that lead to the same person only: one that is shared says
 * nothing of who they are, but what names it belongs to it.
 */
function followable(found: Found): Link[] {
  const { type, id, links } = found;
  const isOwn = ({ value }: Link) => value === id;
  if (isShared(found)) return links.filter(isOwn);
  const accounts = links.filter(({ kind }) => kind === "account");
  const isMerged = type === "account" && accounts.length > 1;
  return links.filter((link) =>
    !isMerged || link.kind !== "account" || isOwn(link)
  );
}

function tooMuch(value: string): InboxError {
  return new InboxError(
    `Cannot erase: more than ${OBJECTS_MAX} objects or ${OBJECT_EVENTS_MAX} events belong to ${value}, more than any person has`,
    "Erase object by object: a reference id that many people share leads to all of them",
  );
}
