// Erasure of objects that were found: leaves what is on hold, records, tells the
// destinations that had received something, and erases.

import { erasedOf, numbered } from "./erasure_detail.ts";
import type { Clock } from "../clock.ts";
import type { Subscriptions } from "../dispatch/subscriptions.ts";
import { StoreError } from "../errors.ts";
import type { Link } from "../persona/links.ts";
import type { AuditEntry, AuditTrail } from "../store/audit.ts";
import { recordFailure } from "../store/audited.ts";
import { isoTime } from "../iso_time.ts";
import {
  keptByRule,
  type RetentionPolicy,
} from "../persona/retention_policy.ts";
import { type EraseOutcome, outlivesErasure } from "../store/erasure.ts";
import type { EventReader, EventRow } from "../store/event_reader.ts";
import type { Hold } from "../store/holds.ts";
import { createLinkTokens } from "../store/links.ts";
import type { Store } from "../store/store.ts";
import { counted } from "../views/counted.ts";
import {
  type EraseResult,
  heldBack,
  refusesHeld,
} from "../views/erase_result.ts";
import { ownEvent } from "./own_event.ts";
import type { Turns } from "./turns.ts";

/** Objects that a record of the audit trail names. */
const RECORDED_MAX = 50;

/** The most tries, as another server may have made a hold meanwhile. */
const TRIES_MAX = 5;

/** Dependencies of an eraser. */
export interface EraserDeps {
  readonly store: Pick<Store, "accept" | "erase" | "deferErasures">;
  readonly reader: EventReader;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly audit: Pick<AuditTrail, "append">;
  /** Rules that keep what they match for some time. */
  readonly policy: Pick<RetentionPolicy, "retention">;
  /** Shared with who makes holds, so that nothing is told that is not erased then. */
  readonly turns: Turns;
}

/** Options of an erasure. */
export interface EraseOptions {
  readonly isDryRun: boolean;
  /** The user who erases, for the audit trail. */
  readonly by: string;
  /**
   * Erases what is not on hold, if something is: otherwise nothing is erased then, unless
   * Persona tells of a redaction.
   *
   * @default {false}
   */
  readonly exceptHeld?: boolean;
}

/** Options of erasing objects. */
export interface EraseObjectsOptions extends EraseOptions {
  /** Later events stay, unless they are older. */
  readonly throughSeq: number;
  /** Events that were created up to then are erased, whenever they arrive. */
  readonly beforeMs: number;
  /** Identifies the erasure in the news of it. */
  readonly key: string;
  /** The event that told of a redaction: what is on hold is remembered for it. */
  readonly redactedBy?: string;
  /** The object of that event: erased even if nothing of it has come yet. */
  readonly redactedId?: string;
  /** Forgets that it was remembered, if there is nothing to erase, too. */
  readonly isDeferred?: boolean;
}

/** An object with its events that have a payload, and its links. */
export interface FoundObject {
  readonly id: string;
  readonly type: string | null;
  readonly rows: readonly EventRow[];
  readonly links: readonly Link[];
  /** True for an event that is erased alone. */
  readonly isEvent?: boolean;
}

/** The hold, or the rule, that keeps an object from being erased. */
type Keeping = Pick<Hold, "reason" | "untilMs">;

/** An object, the tokens of its links, and what keeps it. */
interface Candidate extends FoundObject {
  readonly tokens: readonly string[];
  readonly hold: Keeping | undefined;
  /** True if it is on hold, and not kept by a rule for its own events alone. */
  readonly isOnHold: boolean;
  /** When a rule of retention does not keep it any more; undefined if none does. */
  readonly keptUntilMs: number | undefined;
}

/** Erases objects. */
export class ObjectEraser {
  readonly #deps: EraserDeps;

  constructor(deps: EraserDeps) {
    this.#deps = deps;
  }

  /**
   * Erases objects, or only counts.
   *
   * @throws {StoreError} If the store cannot be read, or did not accept it.
   * @throws {InboxError} If something is on hold: then nothing is erased.
   */
  async erase(
    found: readonly FoundObject[],
    options: EraseObjectsOptions,
  ): Promise<EraseResult> {
    if (options.isDryRun) {
      return await this.#plan(await this.#candidates(found, options));
    }
    return await this.#deps.turns.take(async () => {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const candidates = await this.#candidates(found, options);
        const result = await this.#plan(candidates);
        const outcome = await this.#carryOut(result, candidates, options);
        if (outcome === "erased") return result;
        if (outcome === "erased before") return withoutErased(result);
        if (outcome === "failed") break;
      }
      throw new StoreError(
        "Cannot erase: the store did not accept all of it",
        "Look for store failed in the log, fix that, and erase again: until then it may still be there",
      );
    });
  }

  /** Those that have something to erase, and what holds them. */
  async #candidates(
    found: readonly FoundObject[],
    { throughSeq, beforeMs, redactedBy }: EraseObjectsOptions,
  ): Promise<Candidate[]> {
    const { reader, clock, policy } = this.#deps;
    const nowMs = clock.nowMs();
    const tokensOf = createLinkTokens(await reader.linkProgress());
    const objectIds = found.map(holderOf);
    const held = await reader.heldOf({ objectIds, nowMs });
    const linked = found.map((one) => ({
      ...one,
      tokens: one.links.flatMap(tokensOf),
    }));
    const tokens = linked.flatMap(({ tokens }) => tokens);
    const holds = await reader.holdsOfLinks({ tokens, nowMs });
    const candidates = linked.map(({ rows, tokens, ...one }) => {
      // Its links may not be in the index yet.
      const hold = held.get(holderOf({ ...one, rows }))?.[0] ??
        holds.find(({ linkToken }) => tokens.includes(linkToken ?? ""));
      // What tells of a redaction has nothing of a person, and is delivered.
      const erasable = rows.filter(({ seq, createdAtMs, name }) =>
        outlivesErasure(name)
          ? seq <= throughSeq && redactedBy === undefined
          : seq <= throughSeq || (createdAtMs ?? Infinity) <= beforeMs
      );
      const rule = longestRule(policy, erasable, nowMs);
      return {
        ...one,
        rows: erasable,
        tokens,
        hold: hold ?? rule,
        isOnHold: hold !== undefined,
        keptUntilMs: rule?.untilMs,
      };
    });
    return withBelonging(candidates);
  }

  async #plan(candidates: readonly Candidate[]): Promise<EraseResult> {
    const affected = candidates.filter(({ rows }) => rows.length > 0);
    const objects = affected.filter(({ hold }) => !hold);
    const seqs = objects.flatMap(({ rows }) => rows.map(({ seq }) => seq));
    const dispatches = await this.#deps.reader.dispatches(seqs);
    const pending: Record<string, number> = {};
    const received = new Set<string>();
    for (const { status, destination } of [...dispatches.values()].flat()) {
      // One that is pending may have been tried.
      received.add(destination);
      if (status !== "pending" && status !== "dead") continue;
      pending[destination] = (pending[destination] ?? 0) + 1;
    }
    return {
      objects: objects.map(({ id, type, rows }) => ({
        id,
        type,
        events: rows.length,
      })),
      events: seqs.length,
      held: affected.flatMap(({ id, rows, hold }) => {
        if (!hold) return [];
        const { reason, untilMs } = hold;
        const until = untilMs === null ? null : isoTime(untilMs);
        return [{ id, events: rows.length, reason, until }];
      }),
      notFollowed: objects.filter(isShared).map(({ id }) => id),
      pending,
      received: [...received].sort(),
    };
  }

  async #carryOut(
    result: EraseResult,
    candidates: readonly Candidate[],
    options: EraseObjectsOptions,
  ): Promise<EraseOutcome | "erased before"> {
    const { store, clock } = this.#deps;
    const { throughSeq, beforeMs, isDeferred = false } = options;
    if (!await this.#leaveHeld(result, candidates, options)) return "failed";
    const isCommand = options.redactedBy === undefined;
    if (isCommand && refusesHeld(result, options)) throw heldBack(result);
    // What is redacted is remembered: older events of it may come.
    const objects = candidates.filter(({ id, hold, rows }) =>
      !hold && (rows.length > 0 || isDeferred || id === options.redactedId)
    );
    if (objects.length === 0) return "erased";
    const ids = {
      objectIds: objects.flatMap(({ id, isEvent }) => isEvent ? [] : id),
      eventIds: objects.flatMap(({ id, isEvent, rows }) =>
        isEvent
          ? id
          : rows.flatMap((row) => outlivesErasure(row.name) ? row.id : [])
      ),
    };
    if (result.events > 0) await this.#tell(result, objects, options);
    let recording: Promise<AuditEntry> | undefined;
    const outcome = await store.erase({
      ...ids,
      throughSeq,
      beforeMs,
      erasedAtMs: clock.nowMs(),
      links: objects.flatMap(({ id, tokens }) =>
        tokens.map((token) => [token, id] as const)
      ),
      record: async (number) => {
        await (recording = this.#record(result, number, options));
      },
    });
    const recorded = await recording; // Why it failed says more.
    if (recorded && outcome !== "erased") {
      const { audit } = this.#deps;
      await recordFailure(
        (entry) => audit.append(entry, clock.nowMs()),
        recorded,
      );
    }
    const isBefore = outcome === "erased" && !recording && result.events > 0;
    return isBefore ? "erased before" : outcome;
  }

  /** Records that it is not erased, and remembers that it was redacted. */
  async #leaveHeld(
    { held }: EraseResult,
    candidates: readonly Candidate[],
    { by, throughSeq, redactedBy: eventId }: EraseObjectsOptions,
  ): Promise<boolean> {
    if (held.length === 0) return true;
    const { audit, clock, store } = this.#deps;
    for (const { id: subject, events, reason } of held) {
      const detail = `refused ${counted(events, "event")}, on hold: ${reason}`;
      await audit.append({ act: "erase", by, subject, detail }, clock.nowMs());
    }
    if (eventId === undefined) return true;
    return await store.deferErasures(
      held.map(({ id: objectId }) => {
        const { keptUntilMs } = candidates.find(({ id }) => id === objectId)!;
        const rule = keptUntilMs !== undefined && { notBeforeMs: keptUntilMs };
        return { objectId, throughSeq, eventId, ...rule };
      }),
    );
  }

  async #record(
    { objects, events }: EraseResult,
    number: number,
    { by }: EraseObjectsOptions,
  ): Promise<AuditEntry> {
    const { audit, clock } = this.#deps;
    const ids = objects.slice(0, RECORDED_MAX).map(({ id }) => id);
    const more = objects.length - ids.length;
    const list = [...ids, ...(more > 0 ? [`${more} more`] : [])].join(", ");
    const subject = objects.length === 1 ? ids[0] ?? null : null;
    const detail = numbered(erasedOf(events, list), number);
    const entry = { act: "erase", by, subject, detail } as const;
    await audit.append(entry, clock.nowMs());
    return entry;
  }

  /** First: what is told twice does no harm, and what is never told would. */
  async #tell(
    { objects, received }: EraseResult,
    found: readonly Pick<FoundObject, "rows">[],
    { key }: EraseObjectsOptions,
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

/** The object that may be on hold: that of an event, too. */
function holderOf({ id, rows, isEvent }: FoundObject): string {
  return isEvent ? rows[0]?.objectId ?? id : id;
}

/** The result of one whose events another server was faster to erase, and recorded. */
function withoutErased(result: EraseResult): EraseResult {
  return { ...result, objects: [], events: 0, notFollowed: [] };
}

/** Adds what belongs to an inquiry or an account that is held. */
function withBelonging(candidates: readonly Candidate[]): Candidate[] {
  const holds = new Map(
    candidates.flatMap(({ id, hold, isOnHold }) =>
      hold && isOnHold ? [[id, hold] as const] : []
    ),
  );
  const belonging = candidates.map((one) => {
    if (one.isOnHold) return one;
    const owner = one.links.find(({ kind, value }) =>
      kind !== "reference" && holds.has(value)
    );
    return owner
      ? { ...one, hold: holds.get(owner.value), isOnHold: true }
      : one;
  });
  const isMore = belonging.some((one, i) => one !== candidates[i]);
  return isMore ? withBelonging(belonging) : belonging;
}

/**
 * Finds the rule that keeps any of an object's events for the longest. The object is kept
 * as a whole: what is left of it would explain nothing.
 */
function longestRule(
  policy: Pick<RetentionPolicy, "retention">,
  rows: readonly EventRow[],
  nowMs: number,
): { reason: string; untilMs: number } | undefined {
  const kept = rows.flatMap((row) => keptByRule(policy, row, nowMs) ?? []);
  const [longest] = kept.toSorted((one, other) => other.untilMs - one.untilMs);
  if (!longest) return undefined;
  const { rule: { match, min, basis }, untilMs } = longest;
  const why = basis === null ? "" : `, ${basis}`;
  return { reason: `${match} is kept for ${min?.text}${why}`, untilMs };
}

/**
 * Returns whether an object names several inquiries, accounts or references: those of
 * several people, as a case may, or of one whose inquiry moved.
 */
export function isShared({ type, links }: FoundObject): boolean {
  const kinds = new Set<string>();
  return links.some(({ kind }) => {
    // What an account names is its own; it may name the accounts that went into it.
    if (type === "account" && kind !== "reference") return false;
    return kinds.size === kinds.add(kind).size;
  });
}
