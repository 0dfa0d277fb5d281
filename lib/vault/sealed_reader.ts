// A reader of a store whose payloads are sealed.

import type { ErasureProgress } from "../store/erasure.ts";
import type { EventFilter, IdPrefix } from "../store/event_filter.ts";
import type {
  Cursor,
  DispatchRow,
  DispatchState,
  EventReader,
  EventRow,
  News,
  StoredEvent,
  Totals,
} from "../store/event_reader.ts";
import type { DeferredErasure, HeldQuery, Hold } from "../store/holds.ts";
import type { LinkProgress, UnlinkedEvent } from "../store/links.ts";
import type { Attempt, Pause } from "../store/outbox.ts";
import type { KeptEvent } from "../store/retention.ts";
import { bodyPlace, outputPlace } from "./places.ts";
import { isSealed, sealedFromText } from "./sealed_bytes.ts";
import type { Opened, SealPlace, Vault } from "./vault.ts";

/** Shown in the place of an output that cannot be opened. */
const UNREADABLE_OUTPUT = "(the stored output cannot be read)";

/** The most tries of what another key seals meanwhile. */
const TRIES_MAX = 5;

/** Options of those who use a vault. */
export interface OwnerOptions {
  /** Closes the vault, too, at the end. */
  readonly isOwner?: boolean;
}

/** Opens what it reads; without a vault only what is in the clear. */
export class SealedReader implements EventReader {
  readonly #reader: EventReader;
  readonly #vault: Vault | null;
  readonly #isOwner: boolean;

  constructor(
    reader: EventReader,
    vault: Vault | null,
    { isOwner = false }: OwnerOptions = {},
  ) {
    this.#reader = reader;
    this.#vault = vault;
    this.#isOwner = isOwner;
  }

  list(filter: EventFilter): Promise<readonly EventRow[]> {
    return this.#reader.list(filter);
  }

  async get(id: string): Promise<StoredEvent | undefined> {
    for (let tries = 1;; tries++) {
      const stored = await this.#reader.get(id);
      if (!stored) return undefined;
      const opened = await this.#opened(stored);
      // It may be sealed anew, and its former key be destroyed.
      const isRenewed = opened.unreadable === "key-destroyed";
      if (!isRenewed || tries === TRIES_MAX) return opened;
    }
  }

  async #opened(stored: StoredEvent): Promise<StoredEvent> {
    const { row, body, dispatches, unreadable } = stored;
    const [opened, open] = await Promise.all([
      unreadable
        ? { ok: false, reason: unreadable } as const
        : this.#openStored(new Uint8Array(body), bodyPlace(row), row.seq),
      Promise.all(dispatches.map((dispatch) => this.#open(row, dispatch))),
    ]);
    return {
      ...stored,
      dispatches: open,
      ...opened.ok
        ? { body: opened.bytes }
        : { body: new Uint8Array(), unreadable: opened.reason },
    };
  }

  idsWithPrefix(query: IdPrefix): Promise<readonly string[]> {
    return this.#reader.idsWithPrefix(query);
  }

  dispatches(
    seqs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly DispatchState[]>> {
    return this.#reader.dispatches(seqs);
  }

  end(): Promise<Cursor> {
    return this.#reader.end();
  }

  news(after: Cursor, limit: number): Promise<News> {
    return this.#reader.news(after, limit);
  }

  totals(): Promise<Totals> {
    return this.#reader.totals();
  }

  async linkProgress(): Promise<LinkProgress> {
    const progress = await this.#reader.linkProgress();
    const key = await this.#vault?.linkKey() ?? progress.key;
    return { ...progress, key };
  }

  async unlinked(
    page: { readonly afterSeq: number; readonly limit: number },
  ): Promise<readonly UnlinkedEvent[]> {
    const events = await this.#reader.unlinked(page);
    return await Promise.all(events.map(async (event) => {
      const { seq } = event;
      const place = bodyPlace(event);
      const body = new Uint8Array(event.body);
      const opened = await this.#openStored(body, place, seq);
      if (opened.ok) return { ...event, body: opened.bytes };
      // It may be sealed anew meanwhile.
      const isRenewed = opened.reason === "key-destroyed";
      const again = isRenewed ? await this.get(event.id) : undefined;
      const reason = again ? again.unreadable : opened.reason;
      return {
        ...event,
        body: again?.body ?? new Uint8Array(),
        ...(reason && reason !== "erased" && { isUnreadable: true }),
      };
    }));
  }

  linkedObjects(
    query: { readonly tokens: readonly string[]; readonly limit: number },
  ): Promise<readonly string[]> {
    return this.#reader.linkedObjects(query);
  }

  pauses(): Promise<readonly Pause[]> {
    return this.#reader.pauses();
  }

  holds(nowMs: number): Promise<readonly Hold[]> {
    return this.#reader.holds(nowMs);
  }

  holdsOfLinks(
    query: { readonly tokens: readonly string[]; readonly nowMs: number },
  ): Promise<readonly Hold[]> {
    return this.#reader.holdsOfLinks(query);
  }

  heldOf(query: HeldQuery): Promise<ReadonlyMap<string, readonly Hold[]>> {
    return this.#reader.heldOf(query);
  }

  dueErasures(
    query: { readonly nowMs: number; readonly limit: number },
  ): Promise<readonly DeferredErasure[]> {
    return this.#reader.dueErasures(query);
  }

  keyStoreId(): Promise<string | null> {
    return this.#reader.keyStoreId();
  }

  newestSealed(): Promise<string | undefined> {
    return this.#reader.newestSealed();
  }

  erasedAmong(ids: readonly string[]): Promise<readonly string[]> {
    return this.#reader.erasedAmong(ids);
  }

  erasures(): Promise<ErasureProgress> {
    return this.#reader.erasures();
  }

  retention(): Promise<string | null> {
    return this.#reader.retention();
  }

  kept(
    page: Parameters<EventReader["kept"]>[0],
  ): Promise<readonly KeptEvent[]> {
    return this.#reader.kept(page);
  }

  close(): void {
    this.#reader.close();
    if (this.#isOwner) void this.#vault?.close().catch(() => {});
  }

  async #open(row: EventRow, dispatch: DispatchRow): Promise<DispatchRow> {
    const attempts = dispatch.attempts.map(async (attempt) => ({
      ...attempt,
      output: await this.#openOutput(row, dispatch.destination, attempt),
    }));
    return { ...dispatch, attempts: await Promise.all(attempts) };
  }

  async #openStored(
    bytes: Uint8Array<ArrayBuffer>,
    place: SealPlace,
    seq: number,
  ): Promise<Opened> {
    if (this.#vault) return await this.#vault.openStored(bytes, place, seq);
    return isSealed(bytes)
      ? { ok: false, reason: "no-key" }
      : { ok: true, bytes };
  }

  async #openOutput(
    row: EventRow,
    destination: string,
    { number, output }: Attempt,
  ): Promise<string> {
    if (output === "") return output;
    const bytes = sealedFromText(output) ?? new TextEncoder().encode(output);
    const { seq } = row;
    const place = outputPlace(row, { seq, destination, number });
    const opened = await this.#openStored(bytes, place, seq);
    return opened.ok
      ? new TextDecoder().decode(opened.bytes)
      : UNREADABLE_OUTPUT;
  }
}
