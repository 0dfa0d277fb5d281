// The inbox's own news, told once when something begins and once when it is over. The
// store remembers what was told, over restarts and for all that share it: the events
// about one subject are numbered, and odd numbers begin.

import type { Clock } from "../clock.ts";
import type { Subscriptions } from "../dispatch/subscriptions.ts";
import type { JsonObject } from "../json/json.ts";
import type { OwnEventName } from "../persona/own_events.ts";
import type { EventReader } from "../store/event_reader.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import type { Store } from "../store/store.ts";
import { ownEvent } from "./own_event.ts";

/** News that cannot be stored yet; further ones are left out. */
const WAITING_MAX = 1_000;

const NONE = new Uint8Array();

/** Something that began, or is over. */
export interface NewsItem {
  readonly name: OwnEventName;
  /** The subject, such as `dead-letter_app`. */
  readonly subject: string;
  readonly isOver: boolean;
  /** Ids and numbers only. */
  readonly attributes: JsonObject;
}

/** Dependencies of {@linkcode News}. */
export interface NewsDeps {
  readonly store: Pick<Store, "accept">;
  readonly reader: Pick<EventReader, "list">;
  /** The settings, which may change. */
  readonly settings: () => { readonly subscriptions: Subscriptions };
  readonly clock: Clock;
}

/** News on their way into the store. */
export class News {
  readonly #deps: NewsDeps;
  readonly #waiting: NewsItem[] = [];
  #storing: Promise<void> | undefined;

  constructor(deps: NewsDeps) {
    this.#deps = deps;
  }

  /** Tells news, unless that was done; if they cannot be stored, {@linkcode retry} does. */
  tell(item: NewsItem): Promise<void> {
    const { subject, isOver } = item;
    const last = this.#waiting.findLast((one) => one.subject === subject);
    const isKnown = last?.isOver === isOver;
    const hasRoom = this.#waiting.length < WAITING_MAX;
    if (!isKnown && hasRoom) this.#waiting.push(item);
    return this.retry();
  }

  /** Returns whether a destination may receive news of some name. */
  isReceived(name: OwnEventName): boolean {
    const { subscriptions } = this.#deps.settings();
    return subscriptions.needsBody({ name }) ||
      subscriptions.destinationsFor({ name }, NONE).length > 0;
  }

  /** Stores what waits, in order. */
  retry(): Promise<void> {
    return this.#storing ??= this.#storeAll().finally(() =>
      this.#storing = undefined
    );
  }

  async #storeAll(): Promise<void> {
    for (let item = this.#waiting[0]; item; item = this.#waiting[0]) {
      if (!await this.#store(item)) return;
      this.#waiting.shift();
    }
  }

  /** Returns whether nothing is left to do. */
  async #store(item: NewsItem): Promise<boolean> {
    const { store, reader, settings, clock } = this.#deps;
    const { name, subject, isOver, attributes } = item;
    if (!this.isReceived(name)) return true;
    const told = await unlessUnreadable(
      reader.list({ objectId: `inbox_${subject}`, limit: 1 }),
    );
    if (!told) return false;
    const number = Number(/_(\d+)$/.exec(told[0]?.id ?? "")?.[1] ?? 0);
    const hasBegun = number % 2 === 1;
    if (hasBegun !== isOver) return true;
    const delivery = ownEvent({
      name,
      key: `${subject}_${number + 1}`,
      subject,
      attributes: { ...attributes, status: isOver ? "over" : "begun" },
    }, clock.nowMs());
    const { body } = delivery;
    const { subscriptions } = settings();
    const destinations = subscriptions.destinationsFor(delivery, body);
    if (destinations.length === 0) return true;
    const accepted = await store.accept(delivery, destinations);
    return accepted.ok;
  }
}
