// Erasure of what is stored of a person: finds all objects that belong together, erases
// their payloads, and tells the destinations that had received something.

import { InboxError } from "../errors.ts";
import type { Link } from "../persona/links.ts";
import { APART_MS_MAX } from "../store/erasure.ts";
import { findLinked } from "../store/find_linked.ts";
import { linksOfEvent, type UnlinkedEvent } from "../store/links.ts";
import type { EraseResult, EraseTarget } from "../views/erase_result.ts";
import {
  type EraseOptions,
  type EraserDeps,
  type FoundObject,
  isShared,
  ObjectEraser,
} from "./object_eraser.ts";

/** More objects than one person has: a link that many share was followed. */
const OBJECTS_MAX = 1_000;

/** Events of one object: no person has more. */
const OBJECT_EVENTS_MAX = 10_000;

/** Events that are searched while the index is behind, as under load: seconds of work. */
const SEARCHED_MAX = 50_000;

/** The most objects that an error names. */
const SHOWN_MAX = 10;

/** The latest events that show how far Persona's clock and ours are apart. */
const CLOCK_EVENTS = 100;

/** Erasures that waited for a hold to end, read at once. */
const DEFERRED_PAGE = 100;

/**
 * Erases, or only counts.
 *
 * @throws {StoreError} If the store cannot be read, or did not accept it.
 * @throws {InboxError} If nothing is stored of the target, too much would be reached, or some
 *   of it is on hold.
 */
export type Eraser = (
  target: EraseTarget,
  options: EraseOptions,
) => Promise<EraseResult>;

/** An object that Persona had redacted while it was on hold. */
export interface ErasedLater {
  readonly objectId: string;
  /** The event that told of it. */
  readonly eventId: string;
  /** The number of its events that were erased. */
  readonly events: number;
}

/** The eraser of one store. */
export class PersonEraser {
  readonly #deps: EraserDeps;
  readonly #objects: ObjectEraser;

  constructor(deps: EraserDeps) {
    this.#deps = deps;
    this.#objects = new ObjectEraser(deps);
  }

  /** See {@linkcode Eraser}. */
  readonly erase: Eraser = async (target, options) => {
    const throughSeq = (await this.#deps.reader.end()).seq;
    const found = await this.#reach(target);
    const beforeMs = await personaTimeMs(this.#deps);
    const key = crypto.randomUUID();
    return await this.#objects.erase(found, {
      throughSeq,
      beforeMs,
      key,
      ...options,
    });
  };

  /**
   * Erases what came in or was created before an event that tells that Persona has
   * redacted its object: what is stored of it, and of what belongs to it and is never
   * redacted by an event of its own, such as an inquiry's verifications. What is on hold
   * is remembered, to be erased when it is no more.
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
    const found: FoundObject[] = [];
    for (const id of ids) {
      const one = await this.#read(id);
      const isOwn = id === objectId;
      if (isOwn || !isRedactable(one.type)) found.push(one);
    }
    const key = `redacted_${event.id}`;
    return await this.#objects.erase(found, {
      throughSeq: seq - 1,
      beforeMs: createdAtMs ?? 0,
      key,
      isDryRun: false,
      by: event.id,
      redactedBy: event.id,
      ...(objectId !== null && { redactedId: objectId }),
    });
  }

  /**
   * Erases what Persona has redacted while it was on hold, and nothing holds any more.
   *
   * @returns What had something to erase.
   */
  async eraseDeferred(): Promise<readonly ErasedLater[]> {
    const { reader, clock } = this.#deps;
    const seen = new Set<string>();
    const erased: ErasedLater[] = [];
    for (;;) {
      const query = { nowMs: clock.nowMs(), limit: DEFERRED_PAGE };
      const due = (await reader.dueErasures(query))
        .filter(({ objectId }) => !seen.has(objectId));
      if (due.length === 0) return erased;
      for (const { objectId, throughSeq, eventId } of due) {
        seen.add(objectId);
        const found = [await this.#read(objectId)];
        const event = await reader.get(eventId);
        const result = await this.#objects.erase(found, {
          throughSeq,
          beforeMs: event?.row.createdAtMs ?? 0,
          key: `redacted_${eventId}_${objectId}`,
          isDryRun: false,
          by: eventId,
          redactedBy: eventId,
          isDeferred: true,
        });
        const { events } = result;
        if (events > 0) erased.push({ eventId, objectId, events });
      }
    }
  }

  /** Follows links from object to object, unless they may lead to somebody else. */
  async #reach({ kind, value }: EraseTarget): Promise<FoundObject[]> {
    const found = new Map<string, FoundObject>();
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
    const options = { searchedMax: SEARCHED_MAX };
    const linked = await findLinked(links, this.#deps.reader, options);
    const { unreadable } = linked;
    if (unreadable.length > 0) throw unknownLinks(unreadable);
    if (linked.unsearched === 0) return linked;
    throw new InboxError(
      `Cannot erase: ${linked.unsearched} events are not indexed by their references yet`,
      "The server does that in the background: try again later",
    );
  }

  /** Reads an object, or an event by its own id. */
  async #read(id: string): Promise<FoundObject> {
    const { reader } = this.#deps;
    const limit = OBJECT_EVENTS_MAX + 1;
    const ofObject = await reader.list({ objectIds: [id], limit });
    if (ofObject.length > OBJECT_EVENTS_MAX) throw tooMuch(id);
    const isEvent = ofObject.length === 0;
    const rows = isEvent
      ? await reader.list({ ids: [id], limit: 1 })
      : ofObject;
    const links = new Map<string, Link>();
    const stored = rows.filter(({ status }) => status !== "erased");
    for (const row of stored) {
      // What its object has of links is not its own.
      if (isEvent && row.objectId !== null) continue;
      const body = (await reader.get(row.id))?.body ?? NONE;
      for (const link of linksOfEvent({ ...row, body }).links) {
        links.set(`${link.kind} ${link.value}`, link);
      }
    }
    const type = isEvent ? null : rows[0]?.objectType ?? null;
    return { id, type, rows: stored, links: [...links.values()], isEvent };
  }
}

const NONE = new Uint8Array();

/**
 * The time by Persona's clock, or a moment before: by ours, if it is ahead, what is created
 * after an erasure would be erased, too. The fastest of the latest verified deliveries
 * tells how far the clocks are apart, and how long it took; and it is not before any of
 * these was created, even if ours has been set back since.
 */
async function personaTimeMs(
  { reader, clock }: Pick<EraserDeps, "reader" | "clock">,
): Promise<number> {
  const latest = await reader.list({ limit: CLOCK_EVENTS });
  const verified = latest.flatMap((row) => {
    const { createdAtMs, receivedAtMs, secretFingerprint } = row;
    if (createdAtMs === null || secretFingerprint === null) return [];
    const delayMs = receivedAtMs - createdAtMs;
    const isRetry = (row.attemptsMade ?? 1) > 1;
    return delayMs < -APART_MS_MAX ? [] : { createdAtMs, delayMs, isRetry };
  });
  const delaysMs = verified.flatMap(({ delayMs, isRetry }) =>
    isRetry ? [] : delayMs
  );
  const delayMs = delaysMs.length === 0 ? 0 : Math.min(...delaysMs);
  const nowMs = clock.nowMs() - Math.min(delayMs, APART_MS_MAX);
  return Math.max(nowMs, ...verified.map(({ createdAtMs }) => createdAtMs));
}

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
 * The links of an object that lead to the same person only: one that is shared says
 * nothing of who they are, but what names it belongs to it.
 */
function followable(found: FoundObject): Link[] {
  const { type, id, links, isEvent } = found;
  // It is erased alone: what it names may be anybody's.
  if (isEvent) return [];
  const isOwn = ({ value }: Link) => value === id;
  if (isShared(found)) return links.filter(isOwn);
  const accounts = links.filter(({ kind }) => kind === "account");
  const isMerged = type === "account" && accounts.length > 1;
  return links.filter((link) =>
    !isMerged || link.kind !== "account" || isOwn(link)
  );
}

/** What belongs to a person is not known then: the answer would be incomplete. */
function unknownLinks(objectIds: readonly string[]): InboxError {
  const shown = objectIds.slice(0, SHOWN_MAX).join(", ");
  const more = objectIds.length - SHOWN_MAX;
  return new InboxError(
    `Cannot erase: what names the same person is unknown, as new events of ${shown}${
      more > 0 ? ` and ${more} more` : ""
    } cannot be read`,
    "Put back the key store that has their data keys; or erase each of these, which nothing opens any more, with --object, then try again",
  );
}

function tooMuch(value: string): InboxError {
  return new InboxError(
    `Cannot erase: more than ${OBJECTS_MAX} objects or ${OBJECT_EVENTS_MAX} events belong to ${value}, more than any person has`,
    "Erase object by object: a reference id that many people share leads to all of them",
  );
}
