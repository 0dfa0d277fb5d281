// Adds what was stored to the index of links, in the background: at once while little
// comes in, and with a fiftieth of the time while a lot does.

import { type Clock, type SetTimer, systemTimer } from "../clock.ts";
import { InboxError, StoreError } from "../errors.ts";
import { type Logger, toLoggable } from "../log.ts";
import type { LocalParts } from "./local_app.ts";
import type { EventReader } from "../store/event_reader.ts";
import {
  heldParts,
  idOfHold,
  partOf,
  storedKeyOf,
} from "../store/held_parts.ts";
import { ownLink } from "../store/holds.ts";
import {
  createLinkToken,
  createLinkTokens,
  linksOfEvent,
  type UnlinkedEvent,
} from "../store/links.ts";
import type { Store } from "../store/store.ts";
import { storeFaultEntry } from "../dispatch/store_fault.ts";
import { sleepUnless } from "../sleep_unless.ts";

/** Events read at once: parsing them takes a millisecond or two. */
const PAGE = 32;

/** Events written at once, so that neighbors in the index share pages. */
const BATCH = 1_024;

/** The wait after a commit, for more events to come. */
const GATHER_MS = 250;

/** The wait after a failure of the store. */
const RETRY_MS = 5_000;

/** The pause between pages while events come in, for each millisecond of work. */
const PAUSE_PER_MS = 50;

/** The growth from page to page of what an event is taken to cost. */
const COST_GROWTH = 1.1;

/** A store that is behind by more is one from before there was an index. */
const BEHIND_MAX = 10_000;

/** Dependencies of {@linkcode LinkIndexer}. */
export interface LinkIndexerDeps {
  readonly store: Pick<Store, "link" | "setHolds">;
  readonly clock: Clock;
  readonly reader: EventReader;
  readonly logger: Logger;
  readonly setTimer: SetTimer;
  /** Called with every event once, in order of arrival, before it is in the index. */
  readonly onEvent?: (event: UnlinkedEvent) => Promise<void>;
}

/**
 * Starts the indexer of a store. It also erases what an event tells that Persona has
 * redacted.
 *
 * @param parts The current parts of the inbox.
 */
export function startLinkIndexer(
  reader: EventReader,
  parts: () => LocalParts,
): LinkIndexer {
  const { store, logger, monitor, clock } = parts();
  const indexer = new LinkIndexer({
    store,
    reader,
    clock,
    logger,
    setTimer: systemTimer,
    async onEvent(event) {
      const { config, eraser } = parts();
      if (!event.name.endsWith(".redacted")) return;
      if (config.onRedacted === "keep") return;
      const eventId = toLoggable(event.id);
      const erased = await eraser.eraseRedacted(event).catch((error) => {
        // To try again would keep all that follows out of the index.
        if (error instanceof StoreError || !(error instanceof InboxError)) {
          throw error;
        }
        const objectId = toLoggable(event.objectId ?? "");
        const reason = error.message;
        logger.log({ msg: "not erased", eventId, objectId, reason });
      });
      if (!erased) return;
      const { events, held } = erased;
      for (const { id, reason } of held) {
        const objectId = toLoggable(id);
        logger.log({ msg: "not erased", eventId, objectId, reason });
      }
      if (events === 0) return;
      const objectId = toLoggable(event.objectId);
      logger.log({ msg: "erased", events, eventId, objectId });
    },
  });
  monitor.listen({
    committed: () => indexer.wake(),
    duplicate: () => {},
    rejected: () => {},
  });
  indexer.wake(); // What an older version stored is not in the index.
  return indexer;
}

/** An object and the tokens of its links, which may be held. */
interface HeldObject {
  readonly objectId: string;
  readonly tokens: readonly string[];
}

/** The indexer of a running inbox; there is one for a store. */
export class LinkIndexer {
  readonly #deps: LinkIndexerDeps;
  #isStale = false;
  /** The cost of an event. */
  #eventMs = Infinity;
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(deps: LinkIndexerDeps) {
    this.#deps = deps;
  }

  /** Notifies it that there may be new events. */
  wake(): void {
    this.#isStale = true;
    if (!this.#isStopped) this.#working ??= this.#work();
  }

  /** Stops; resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #work(): Promise<void> {
    await this.#sleep(GATHER_MS);
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false;
      try {
        await this.#catchUp();
      } catch (error) {
        if (this.#isStopped) break;
        this.#deps.logger.log(storeFaultEntry(error));
        this.#isStale = true;
        await this.#sleep(RETRY_MS);
      }
      if (this.#isStale) await this.#sleep(GATHER_MS);
    }
    this.#working = undefined;
  }

  async #catchUp(): Promise<void> {
    const { reader, logger } = this.#deps;
    const { linkedSeq, lastSeq, ...keys } = await reader.linkProgress();
    const tokensOf = createLinkTokens(keys);
    const events = lastSeq - linkedSeq;
    const isFarBehind = events > BEHIND_MAX;
    if (isFarBehind) logger.log({ msg: "indexing references", events });
    for (let seq = linkedSeq; seq < lastSeq && !this.#isStopped;) {
      const links: [string, string][] = [];
      const throughSeq = Math.min(seq + BATCH, lastSeq);
      // A hold may have come during a long time.
      const { hasHolds } = seq === linkedSeq
        ? keys
        : await reader.linkProgress();
      for (; seq < throughSeq && !this.#isStopped; seq += PAGE) {
        const limit = Math.min(PAGE, throughSeq - seq);
        // To read them, and hand them over to this thread, costs more than to parse them.
        const startMs = performance.now();
        const page = await reader.unlinked({ afterSeq: seq, limit });
        const held: HeldObject[] = [];
        for (const event of page) {
          const { holder: objectId, links: named } = linksOfEvent(event);
          const tokens = named.flatMap(tokensOf);
          for (const token of tokens) links.push([token, objectId]);
          if (hasHolds) held.push({ objectId, tokens });
        }
        const spentMs = performance.now() - startMs;
        const costMs = this.#costOf(page.length, spentMs);
        if (this.#isStale) await this.#sleep(costMs * PAUSE_PER_MS);
        if (held.length > 0) await this.#holdBelonging(held, keys.key);
        for (const event of page) await this.#deps.onEvent?.(event);
      }
      if (this.#isStopped) return;
      seq = throughSeq;
      await this.#write({ links, throughSeq });
    }
    if (isFarBehind) logger.log({ msg: "references indexed", events });
  }

  /** Holds what belongs to an inquiry or an account that is held now. */
  async #holdBelonging(
    objects: readonly HeldObject[],
    key: Uint8Array,
  ): Promise<void> {
    const { reader, store, clock } = this.#deps;
    const nowMs = clock.nowMs();
    const tokens = objects.flatMap(({ tokens }) => tokens);
    const holds = await reader.holdsOfLinks({ tokens, nowMs });
    if (holds.length === 0) return;
    const tokenOf = createLinkToken(key);
    const linkKey = await storedKeyOf(reader);
    for (const { objectId, tokens } of objects) {
      const link = ownLink(objectId);
      if (!link) continue;
      const own = holds.filter(({ linkToken }) =>
        tokens.includes(linkToken ?? "")
      );
      const known = own.filter(({ linkToken }) => linkToken === tokenOf(link))
        .map(idOfHold);
      for (const hold of own) {
        if (known.includes(idOfHold(hold))) continue;
        known.push(idOfHold(hold));
        const parts = await heldParts(hold, [link], { reader, linkKey });
        const part = partOf(hold, { linkToken: tokenOf(link), linkKey });
        if (await store.setHolds([part, ...parts])) continue;
        throw new StoreError(
          "Cannot hold what belongs to something on hold: the store did not accept it",
          "The log says why; it is tried again",
        );
      }
    }
  }

  /** On a busy machine most of the time that is spent goes to others. */
  #costOf(events: number, spentMs: number): number {
    if (events === 0) return 0;
    const eventMs = Math.min(spentMs / events, this.#eventMs * COST_GROWTH);
    this.#eventMs = eventMs;
    return eventMs * events;
  }

  async #write(batch: Parameters<Store["link"]>[0]): Promise<void> {
    while (!await this.#deps.store.link(batch)) {
      if (this.#isStopped) return;
      await this.#sleep(RETRY_MS);
    }
  }

  #sleep(delayMs: number): Promise<void> {
    return sleepUnless(this.#stop.signal, delayMs, this.#deps.setTimer);
  }
}
