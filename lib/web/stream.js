// A client of `/api/stream` that resumes where the connection broke.
//
// Browsers allow six connections per server across all tabs, so a hidden tab closes its
// own.

import { authorization } from "./api.js";
import { SseParser } from "./sse_parser.js";

/** The server sends a comment every 15 s. */
const SILENCE_MS_MAX = 40_000;
const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 15_000;
/** After a longer gap it is quicker to reload than to catch up. */
const GAP_MS_MAX = 60_000;

/** @typedef {"connecting" | "live" | "reconnecting" | "off"} StreamState */

/**
 * @typedef {object} StreamOptions
 * @property {(type: string, data: string) => void} onEvent
 * @property {(state: StreamState) => void} onState
 * @property {() => void} onGap Called when the stream is live again: what it does not
 * repeat, such as duplicates and replays, may have been missed.
 */

/** The stream of one page. */
export class Stream {
  #options;
  #lastEventId = "";
  #receivedAtMs = 0;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silenceTimer;
  /** @type {AbortController | undefined} The connection, or the wait for one. */
  #current;
  #isStarted = false;

  /** @param {StreamOptions} options */
  constructor(options) {
    this.#options = options;
    document.addEventListener("visibilitychange", () => this.#resume());
    addEventListener("online", () => this.#resume());
  }

  /** Connects or reconnects. */
  start() {
    this.#isStarted = true;
    this.#stop();
    if (document.hidden) return;
    const controller = new AbortController();
    this.#current = controller;
    this.#options.onState(
      this.#receivedAtMs === 0 ? "connecting" : "reconnecting",
    );
    this.#read(controller.signal).catch(() => {}).finally(() => {
      if (this.#current === controller) this.#retry();
    });
  }

  /** Closes the connection until `start()`. */
  end() {
    this.#isStarted = false;
    this.#receivedAtMs = 0;
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
    else if (this.#isStarted) this.start();
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
    const isResumed = performance.now() - this.#receivedAtMs < GAP_MS_MAX &&
      this.#lastEventId !== "";
    const headers = authorization();
    if (isResumed) headers["last-event-id"] = this.#lastEventId;
    this.#restartSilenceTimer();
    const response = await fetch("/api/stream", { headers, signal });
    if (response.status === 401) return this.#onUnauthorized();
    if (!response.ok || !response.body) return;
    this.#failures = 0;
    this.#receivedAtMs = performance.now();
    this.#options.onState("live");
    this.#options.onGap();
    const parser = new SseParser();
    const reader = response.body.pipeThrough(new TextDecoderStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#receivedAtMs = performance.now();
      this.#restartSilenceTimer();
      for (const { type, data, lastEventId } of parser.push(value)) {
        this.#lastEventId = lastEventId;
        this.#options.onEvent(type, data);
      }
    }
  }

  /** Reconnects after a silence: a connection may be lost without notice. */
  #restartSilenceTimer() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.start(), SILENCE_MS_MAX);
  }

  #onUnauthorized() {
    this.end();
    dispatchEvent(new Event("unauthorized"));
  }
}
