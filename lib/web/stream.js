/**
 * What happens, as it happens: reads `/api/stream`, and goes on where it was when the
 * connection breaks.
 *
 * A browser opens but six connections to a server, for all tabs together, so a tab
 * that nobody sees gives its own back.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { authorization } from "./api.js";
import { SseParser } from "./sse_parser.js";

/** The server sends a comment every 15 s. */
const SILENCE_MS_MAX = 40_000;
const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 15_000;
/** After a longer one it is quicker to load anew than to catch up. */
const GAP_MS_MAX = 60_000;

/** @typedef {"connecting" | "live" | "reconnecting" | "off"} StreamState */

/**
 * @typedef {object} StreamOptions
 * @property {(type: string, data: string) => void} onEvent
 * @property {(state: StreamState) => void} onState
 * @property {() => void} onGap It is live from here on: what the stream does not tell
 * again, such as duplicates and replays, may have been missed.
 */

/** The stream of one page. */
export class Stream {
  #options;
  #lastEventId = "";
  #heardAtMs = 0;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silenceTimer;
  /** @type {AbortController | undefined} The connection, or the wait for one. */
  #current;
  #isWanted = false;

  /** @param {StreamOptions} options */
  constructor(options) {
    this.#options = options;
    document.addEventListener("visibilitychange", () => this.#resume());
    addEventListener("online", () => this.#resume());
  }

  /** Connects, anew if need be. */
  start() {
    this.#isWanted = true;
    this.#stop();
    if (document.hidden) return;
    const controller = new AbortController();
    this.#current = controller;
    this.#options.onState(
      this.#heardAtMs === 0 ? "connecting" : "reconnecting",
    );
    this.#read(controller.signal).catch(() => {}).finally(() => {
      if (this.#current === controller) this.#retry();
    });
  }

  /** Lets go of the connection until it is started again. */
  end() {
    this.#isWanted = false;
    this.#heardAtMs = 0;
    this.#stop();
    this.#options.onState("off");
  }

  #stop() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    this.#current?.abort();
    this.#current = undefined;
  }

  #resume() {
    if (document.hidden) this.#stop();
    else if (this.#isWanted) this.start();
  }

  #retry() {
    clearTimeout(this.#silenceTimer);
    const doubled = DELAY_MS_MIN * 2 ** this.#failures++;
    const delayMs = Math.min(doubled, DELAY_MS_MAX) *
      (0.7 + Math.random() * 0.6);
    this.#options.onState("reconnecting");
    this.#retryTimer = setTimeout(() => this.start(), delayMs);
  }

  /** @param {AbortSignal} signal */
  async #read(signal) {
    const isResumed = performance.now() - this.#heardAtMs < GAP_MS_MAX &&
      this.#lastEventId !== "";
    const headers = authorization();
    if (isResumed) headers["last-event-id"] = this.#lastEventId;
    this.#endSilence();
    const response = await fetch("/api/stream", { headers, signal });
    if (response.status === 401) return this.#refused();
    if (!response.ok || !response.body) return;
    this.#failures = 0;
    this.#heardAtMs = performance.now();
    this.#options.onState("live");
    this.#options.onGap();
    const parser = new SseParser();
    const reader = response.body.pipeThrough(new TextDecoderStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#heardAtMs = performance.now();
      this.#endSilence();
      for (const { type, data, lastEventId } of parser.push(value)) {
        this.#lastEventId = lastEventId;
        this.#options.onEvent(type, data);
      }
    }
  }

  /** A connection may die without a word. */
  #endSilence() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.start(), SILENCE_MS_MAX);
  }

  #refused() {
    this.end();
    dispatchEvent(new Event("unauthorized"));
  }
}
