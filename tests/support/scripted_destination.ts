import { assert } from "@std/assert";
import type {
  AttemptOutcome,
  Destination,
  Dispatch,
} from "../../lib/destinations/destination.ts";

/** What the other side says to everything; no log may repeat it. */
export const SECRET_OUTPUT = "jane.doe@example.com was approved";

/** What came of an attempt that went well. */
export const OK: AttemptOutcome = {
  ok: true,
  code: 200,
  output: SECRET_OUTPUT,
};

/** What came of one that did not. */
export const FAILED = {
  ok: false,
  reason: "status",
  code: 500,
  output: SECRET_OUTPUT,
} as const satisfies AttemptOutcome;

/** What came of one that nobody answered. */
export const SILENT = {
  ok: false,
  reason: "unreachable",
  code: null,
  output: SECRET_OUTPUT,
} as const satisfies AttemptOutcome;

const ABORTED: AttemptOutcome = {
  ok: false,
  reason: "aborted",
  code: null,
  output: "",
};

/** Answers what the test says, when the test says. */
export class ScriptedDestination implements Destination {
  /** All attempts, in the order in which they were begun. */
  readonly begun: Dispatch[] = [];
  /** The most attempts that there were at once. */
  underWayMax = 0;
  closings = 0;
  /** What comes of an attempt; nothing yet when the test will say so. */
  answer: (dispatch: Dispatch) => AttemptOutcome | undefined = () => OK;
  readonly #underWay = new Map<string, (outcome: AttemptOutcome) => void>();

  /** The events of all attempts so far, in order. */
  get seen(): string {
    return this.begun.map(({ eventId }) => eventId).join(" ");
  }

  /** The events that are under way. */
  get underWay(): string {
    return [...this.#underWay.keys()].join(" ");
  }

  /** Ends an attempt that was left open. */
  end(eventId: string, outcome: AttemptOutcome = OK): void {
    const end = this.#underWay.get(eventId);
    assert(end, `${eventId} is not under way`);
    end(outcome);
  }

  async attempt(
    dispatch: Dispatch,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const { eventId } = dispatch;
    assert(!this.#underWay.has(eventId), `${eventId} is under way twice`);
    this.begun.push(dispatch);
    const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
    this.#underWay.set(eventId, resolve);
    this.underWayMax = Math.max(this.underWayMax, this.#underWay.size);
    const answer = this.answer(dispatch);
    if (answer) resolve(answer);
    signal.addEventListener("abort", () => resolve(ABORTED), { once: true });
    if (signal.aborted) resolve(ABORTED);
    const outcome = await promise;
    this.#underWay.delete(eventId);
    return outcome;
  }

  close(): Promise<void> {
    this.closings++;
    return Promise.resolve();
  }
}
