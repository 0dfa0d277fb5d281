/**
 * A destination that fails in every way that a server can: it refuses, hangs, hangs
 * up, redirects, and answers too late. Each event meets one of these at most once,
 * so that all arrive in the time of a test.
 *
 * @module
 */

import { type RawExchange, RawServer } from "./raw_server.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** An event that was answered with success. */
export interface Arrival {
  readonly eventId: string;
  readonly body: string;
}

type Mood = "well" | "refuses" | "hangs" | "hangs up" | "redirects" | "is late";
const BAD_MOODS: readonly Mood[] = [
  "refuses",
  "hangs",
  "hangs up",
  "redirects",
  "is late",
];

/** Longer than any attempt may take. */
const LATE_MS = 1_500;

const ANSWERS = {
  well: "200 OK\ncontent-length: 6\n\nthanks",
  refuses: "503 No\nretry-after: 1\ncontent-length: 0\n\n",
  redirects: "307 No\nlocation: /elsewhere\ncontent-length: 0\n\n",
};

/** A server in this process. */
export class UnrulyDestination implements AsyncDisposable {
  readonly arrivals: Arrival[] = [];
  /** How often it was in each mood. */
  readonly moods = new Map<Mood, number>();
  readonly #server: RawServer;
  readonly #random: SeededRandom;
  readonly #badShare: number;
  readonly #known = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /**
   * @param random Decides about moods.
   * @param badShare The share of events that meet a bad mood, 0 to 1.
   */
  constructor(random: SeededRandom, badShare: number) {
    this.#random = random;
    this.#badShare = badShare;
    this.#server = new RawServer((exchange) => this.#answer(exchange));
  }

  get url(): string {
    return this.#server.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#server[Symbol.asyncDispose]();
  }

  #moodFor(eventId: string): Mood {
    if (this.#known.has(eventId)) return "well";
    this.#known.add(eventId);
    const isBad = this.#random.below(1_000) < this.#badShare * 1_000;
    return isBad ? this.#random.pick(BAD_MOODS) : "well";
  }

  async #answer(exchange: RawExchange): Promise<void> {
    const eventId = exchange.header("idempotency-key");
    const mood = this.#moodFor(eventId);
    this.moods.set(mood, (this.moods.get(mood) ?? 0) + 1);
    switch (mood) {
      case "well":
        this.arrivals.push({ eventId, body: exchange.body });
        return await send(exchange, ANSWERS.well);
      case "refuses":
      case "redirects":
        return await send(exchange, ANSWERS[mood]);
      case "hangs up":
        return exchange.close();
      case "hangs":
        return;
      case "is late": {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          send(exchange, ANSWERS.well).catch(() => {}); // The inbox has given up.
        }, LATE_MS);
        this.#timers.add(timer);
      }
    }
  }
}

async function send(exchange: RawExchange, answer: string): Promise<void> {
  await exchange.send(
    `HTTP/1.1 ${answer}`.replace("\n", "\nconnection: close\n"),
  );
  exchange.close();
}
