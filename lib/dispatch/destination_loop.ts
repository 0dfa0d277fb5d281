// The loop that delivers pending dispatches to one destination: up to its concurrency at
// once, each lane in order, retried until they succeed or are out of attempts. Its state
// is a copy of the store's, so that it may end at any time.

import type { Clock, SetTimer } from "../clock.ts";
import type { Destination } from "../destinations/destination.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import type { LogEntry } from "../log.ts";
import type {
  AttemptRecord,
  LoadedDispatch,
  Outbox,
  PendingDispatch,
} from "../store/outbox.ts";
import type { StoreChange } from "../store/store.ts";
import { attemptEntry } from "./attempt_entry.ts";
import { Breaker, type UnansweredAttempt } from "./breaker.ts";
import { Lanes } from "./lanes.ts";
import { PendingReader } from "./pending_reader.ts";
import { STORE_RETRY_MS, storeFaultEntry } from "./store_fault.ts";
import {
  abortedAttempt,
  isSuspect,
  unfinishedAttempt,
  unreadableAttempt,
} from "./unfinished_attempt.ts";
import { judge, outcomeName } from "./verdict.ts";

/** Attempts that are not durable yet; further ones wait for the disk. */
const UNRECORDED_MAX = 1_024;

/** Longer timers would miss a change of the clock. */
const TIMER_MS_MAX = 60_000;

/** A clock that goes back by less is being adjusted, not set. */
const SET_BACK_MS_MIN = 1_000;

/** The settings of a loop. */
export type LoopConfig =
  & Pick<
    DestinationConfig,
    "name" | "order" | "concurrency" | "attemptsMax" | "timeoutMs"
  >
  & {
    /** True for code that the inbox runs. */
    readonly isLocal: boolean;
  };

/** Dependencies of {@linkcode DestinationLoop}. */
export interface LoopDeps {
  readonly outbox: Outbox;
  readonly log: (entry: LogEntry) => void;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** The state of a destination. */
export interface DestinationState {
  readonly destination: string;
  /** Waiting or running. */
  readonly pending: number;
  readonly running: number;
  /** The time of the next probe; null if it is not down. */
  readonly pausedUntilMs: number | null;
}

/** The loop of one destination. */
export class DestinationLoop {
  readonly #config: LoopConfig;
  readonly #destination: Destination;
  readonly #deps: LoopDeps;
  readonly #lanes: Lanes;
  readonly #pending: PendingReader;
  readonly #breaker: Breaker;
  readonly #startedAtMs: number;
  readonly #abort = new AbortController();
  readonly #idle = Promise.withResolvers<void>();
  #reading: Promise<void> | undefined;
  #running = 0;
  #unrecorded = 0;
  #isStopping = false;
  #isPaused = false;
  /** The latest time since the clock was last set back. */
  #latestMs = -Infinity;
  #cancelTimer = () => {};

  constructor(config: LoopConfig, destination: Destination, deps: LoopDeps) {
    this.#config = config;
    this.#destination = destination;
    this.#deps = deps;
    this.#lanes = new Lanes(config.order);
    this.#pending = new PendingReader(deps.outbox, this.#lanes, {
      clock: deps.clock,
    });
    this.#breaker = new Breaker(deps.random, config);
    this.#startedAtMs = deps.clock.nowMs();
  }

  /** The current state. */
  get state(): DestinationState {
    return {
      destination: this.#config.name,
      pending: this.#lanes.size,
      running: this.#running,
      pausedUntilMs: this.#breaker.openUntilMs,
    };
  }

  /**
   * Reads pending dispatches and starts.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  async start(): Promise<void> {
    this.#breaker.restore(await this.#deps.outbox.lastAttempts());
    this.#pump();
    await this.#reading;
  }

  /** Reads new pending dispatches. */
  wake({ fromSeq }: StoreChange = {}): void {
    this.#pending.markStale(fromSeq);
    this.#pump();
  }

  /** Starts no more attempts until it is resumed; running ones end. */
  setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#cancelTimer();
    else this.#pump();
  }

  /** Drops all that waits, and reads again what is pending. */
  readAgain(): void {
    this.#lanes.clear();
    this.wake({ fromSeq: 1 });
  }

  /**
   * Starts no more attempts, and waits for running ones.
   *
   * @param timeoutMs The wait; later attempts are aborted and stay pending.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    this.#pending.stop();
    this.#cancelTimer();
    this.#checkIdle();
    const cancel = this.#deps.setTimer(() => this.abort(), timeoutMs);
    await this.#idle.promise;
    cancel();
    await this.#reading;
  }

  /** Aborts running attempts. */
  abort(): void {
    this.#abort.abort();
  }

  /** Starts as many attempts as may run. */
  #pump(): void {
    if (this.#isStopping || this.#isPaused) return;
    const { clock } = this.#deps;
    this.#handleSetBack(clock.nowMs());
    // During an outage new dispatches are not read: they could not be sent.
    if (this.#breaker.permission(clock.nowMs()) === "none") {
      return this.#setTimer();
    }
    // Read everything before sending: an older event must not come too late.
    if (this.#pending.isWanted) this.#reading ??= this.#read();
    if (this.#reading) return;
    while (this.#hasRoom()) {
      const nowMs = clock.nowMs();
      const permission = this.#breaker.permission(nowMs);
      if (permission === "none") break;
      const dispatch = this.#lanes.take(nowMs);
      if (!dispatch) break;
      if (permission === "probe") this.#breaker.beginProbe();
      this.#running++;
      void this.#run(dispatch, permission === "probe");
    }
    this.#setTimer();
  }

  #handleSetBack(nowMs: number): void {
    const isSetBack = nowMs < this.#latestMs - SET_BACK_MS_MIN;
    if (isSetBack) this.#lanes.replan(nowMs);
    if (isSetBack || nowMs > this.#latestMs) this.#latestMs = nowMs;
  }

  #hasRoom(): boolean {
    return this.#running < this.#config.concurrency &&
      this.#unrecorded < UNRECORDED_MAX;
  }

  async #read(): Promise<void> {
    try {
      await this.#pending.read();
    } catch (error) {
      this.#deps.log(storeFaultEntry(error));
      await this.#sleep(STORE_RETRY_MS);
    }
    this.#reading = undefined;
    this.#pump();
  }

  #setTimer(): void {
    this.#cancelTimer();
    const nowMs = this.#deps.clock.nowMs();
    const nextMs = this.#pending.isWanted ? nowMs : this.#lanes.nextDueAtMs;
    if (nextMs === undefined || !this.#hasRoom()) return;
    const dueAtMs = Math.max(nextMs, this.#breaker.openUntilMs ?? 0);
    const delayMs = dueAtMs - nowMs;
    if (delayMs <= 0 && this.#running > 0) return; // A probe: its end pumps.
    this.#cancelTimer = this.#deps.setTimer(
      () => this.#pump(),
      Math.min(Math.max(delayMs, 0), TIMER_MS_MAX),
    );
  }

  /** One attempt, from the store to the store. */
  async #run(dispatch: PendingDispatch, isProbe: boolean): Promise<void> {
    const loaded = await this.#load(dispatch);
    const record = loaded && await this.#begin(dispatch) &&
      await this.#attempt(dispatch, loaded, isProbe);
    this.#running--;
    if (!record && isProbe) this.#breaker.endProbe();
    if (record) {
      this.#unrecorded++;
      this.#pump();
      // The lane waits: no event overtakes one that may be retried.
      await this.#record(record);
      this.#unrecorded--;
      this.#applyRecord(dispatch, record);
    }
    this.#checkIdle();
    this.#pump();
  }

  async #load(dispatch: PendingDispatch): Promise<LoadedDispatch | undefined> {
    try {
      const loaded = await this.#deps.outbox.load(dispatch);
      // It was deleted meanwhile, or is another process's.
      if (!loaded) this.#lanes.finish(dispatch);
      return this.#isStopping ? undefined : loaded;
    } catch (error) {
      this.#deps.log(storeFaultEntry(error));
      await this.#sleep(STORE_RETRY_MS); // Otherwise all that waits would be tried.
      this.#lanes.retry(dispatch, dispatch);
      return undefined;
    }
  }

  #isSuspect(dispatch: PendingDispatch): boolean {
    return this.#config.isLocal && isSuspect(dispatch, this.#startedAtMs);
  }

  /** Returns whether the attempt may be made. */
  async #begin(dispatch: PendingDispatch): Promise<boolean> {
    if (
      this.#isSuspect(dispatch) &&
      !await this.#record(unfinishedAttempt(dispatch, this.#verdictOptions()))
    ) return false;
    if (this.#deps.outbox.canBegin(dispatch)) return true;
    await this.#sleep(STORE_RETRY_MS);
    this.#lanes.retry(dispatch, dispatch);
    return false;
  }

  #verdictOptions() {
    const { name: destination, attemptsMax } = this.#config;
    const { clock, random } = this.#deps;
    return { destination, attemptsMax, nowMs: clock.nowMs(), random };
  }

  /** Makes an attempt; undefined if it was aborted by a stop. */
  async #attempt(
    dispatch: PendingDispatch,
    loaded: LoadedDispatch,
    isProbe: boolean,
  ): Promise<AttemptRecord | undefined> {
    const { objectId, orderMs, seq } = dispatch;
    const { eventId, unreadable, isStale } = loaded;
    if (unreadable) {
      const body = { eventId, unreadable };
      const options = this.#verdictOptions();
      const record = unreadableAttempt(dispatch, body, options);
      this.#deps.log(attemptEntry(loaded, record, options));
      return record;
    }
    const startMs = performance.now();
    const number = dispatch.attempts + 1;
    const isLatest = !isStale && this.#lanes.isLatest(dispatch);
    const outcome = await this.#destination.attempt(
      { ...loaded, attempt: number, isLatest },
      this.#abort.signal,
    );
    if (!outcome.ok && outcome.reason === "aborted") {
      return this.#isSuspect(dispatch)
        ? abortedAttempt(dispatch, this.#verdictOptions())
        : undefined;
    }
    const durationMs = Math.round(performance.now() - startMs);
    const verdictOptions = this.#verdictOptions();
    const { nowMs, destination } = verdictOptions;
    const result = {
      outcome: outcomeName(outcome),
      code: outcome.code,
    };
    const isAnswer = this.#breaker.isAnswer(result);
    const isCounted = isAnswer || !this.#breaker.isDoubtful;
    if (isAnswer) this.#onAnswer();
    else this.#onSilence({ seq, nowMs, isProbe });
    const record: AttemptRecord = {
      seq,
      objectId,
      orderMs,
      destination,
      replays: dispatch.replays,
      number,
      // By the same clock as the due time: it may have been set meanwhile.
      startedAtMs: nowMs - durationMs,
      durationMs,
      ...result,
      output: outcome.output,
      ...judge(dispatch, outcome, { ...verdictOptions, isCounted }),
    };
    this.#deps.log(attemptEntry(loaded, record, { nowMs, isStale }));
    return record;
  }

  #onAnswer(): void {
    if (!this.#breaker.answered()) return;
    const { name: destination } = this.#config;
    this.#deps.log({ msg: "destination resumed", destination });
  }

  #onSilence(unanswered: UnansweredAttempt): void {
    if (!this.#breaker.unanswered(unanswered)) return;
    const { nowMs } = unanswered;
    const pauseMs = (this.#breaker.openUntilMs ?? nowMs) - nowMs;
    this.#deps.log({
      msg: "destination paused",
      destination: this.#config.name,
      seconds: Math.ceil(pauseMs / 1000),
    });
  }

  /** Returns whether it is durable; false only while stopping. */
  async #record(record: AttemptRecord): Promise<boolean> {
    while (!await this.#deps.outbox.record(record)) {
      if (this.#isStopping) return false;
      await this.#sleep(STORE_RETRY_MS);
    }
    return true;
  }

  #applyRecord(dispatch: PendingDispatch, record: AttemptRecord): void {
    const { status, number: attempts, dueAtMs, failures } = record;
    if (status === "pending") {
      const plannedAtMs = record.startedAtMs + record.durationMs;
      const progress = { attempts, dueAtMs, plannedAtMs, failures };
      this.#lanes.retry(dispatch, progress);
      return;
    }
    this.#lanes.finish(dispatch);
  }

  #checkIdle(): void {
    const isBusy = this.#running + this.#unrecorded > 0;
    if (this.#isStopping && !isBusy) this.#idle.resolve();
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#deps.setTimer(resolve, delayMs));
  }
}
