// Erases expired payloads in the background: a little at a time, and every hour what has
// become due.
//
// Destinations are not told, unlike for the erasure of a person: they delete by rules of
// their own, which are known in advance.

import { erasedBy, numbered } from "./erasure_detail.ts";
import { type Clock, type SetTimer, systemTimer } from "../clock.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import { storeFaultEntry } from "../dispatch/store_fault.ts";
import { StoreError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { sleepUnless } from "../sleep_unless.ts";
import type { LocalParts } from "./local_app.ts";
import {
  policyTexts,
  retentionGroups,
  type RetentionPolicy,
} from "../persona/retention_policy.ts";
import type { AuditEntry, Auditor, AuditTrail } from "../store/audit.ts";
import { recordFailure } from "../store/audited.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { ExpiredEvent, Expiry } from "../store/retention.ts";
import type { Store } from "../store/store.ts";
import { counted } from "../views/counted.ts";
import { type DueEvent, RetentionScan } from "./retention_scan.ts";

/** The start has its own work to do. */
const FIRST_MS = 3_000;

const INTERVAL_MS = 3_600_000;

/** The wait after a failure, or while another instance does it. */
const RETRY_MS = 60_000;

/** The time in which new rules that erase something can be taken back. */
const NOTICE_MS = 3_600_000;

/**
 * A clock that jumps ahead by more than that since it was last looked at may be wrong, or
 * the inbox was stopped for long: neither should erase at once.
 */
const JUMP_MS = 7 * 86_400_000;

/** The interval at which the time of the last look is remembered. */
const SEEN_MS = 86_400_000;

/** Events that are recorded and remembered together. */
const CHUNK = 500;

/** The pause after a transaction, for each millisecond that it took. */
const PAUSE_PER_MS = 10;

/** The state that the store remembers. */
interface RetentionState {
  /** The rules, in words. */
  readonly rules: readonly string[];
  /** When they are in force. */
  readonly fromMs: number;
  /** The time of the last look; absent in what an older version wrote. */
  readonly seenMs?: number;
  /** See {@linkcode RetentionScan.floors}. */
  readonly floors: readonly number[];
  /** True if their space is not given back yet. */
  readonly isReclaimable: boolean;
}

/** The state as it is read. */
interface StoredState extends RetentionState {
  /** Events that an older version was erasing when it ended, and had recorded. */
  readonly chunk?: readonly ExpiredEvent[];
}

/** Dependencies of {@linkcode Retention}. */
export interface RetentionDeps {
  readonly store: Pick<
    Store,
    "leaseRetention" | "expire" | "saveRetention" | "reclaim"
  >;
  readonly reader: Pick<EventReader, "retention" | "kept" | "heldOf">;
  /** The settings, which may change. */
  readonly policy: () => RetentionPolicy;
  readonly audit: Pick<AuditTrail, "append">;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
}

/**
 * Starts the retention of a store.
 *
 * @param parts The current parts of the inbox.
 */
export function startRetention(
  reader: EventReader,
  parts: () => LocalParts,
): Retention {
  return new Retention({
    ...parts(),
    reader,
    policy: () => parts().config,
    setTimer: systemTimer,
  });
}

/** The retention of one store. */
export class Retention {
  readonly #deps: RetentionDeps;
  readonly #stopping = new AbortController();
  readonly #working: Promise<void>;
  #waking = new AbortController();

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
    this.#working = this.#run();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Looks soon, as for other rules. */
  wake(): void {
    this.#waking.abort();
  }

  /** Stops; resolves when nothing is being erased any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #run(): Promise<void> {
    for (let delayMs = FIRST_MS; !this.#isStopped;) {
      this.#waking = new AbortController();
      const { signal: waking } = this.#waking;
      const either = AbortSignal.any([this.#stopping.signal, waking]);
      await sleepUnless(either, delayMs, this.#deps.setTimer);
      delayMs = either.aborted ? FIRST_MS : await this.#work();
    }
  }

  /** Returns when to look again. */
  async #work(): Promise<number> {
    try {
      if (!await this.#deps.store.leaseRetention()) return RETRY_MS;
      const delayMs = await this.#look();
      if (!this.#isStopped) this.#deps.logger.log({ msg: "retention passed" });
      return delayMs;
    } catch (error) {
      if (!this.#isStopped) this.#deps.logger.log(storeFaultEntry(error));
      return RETRY_MS;
    }
  }

  async #look(): Promise<number> {
    const { clock } = this.#deps;
    const nowMs = clock.nowMs();
    const policy = this.#deps.policy();
    let state = await this.#settled();
    const sinceMs = nowMs - (state?.seenMs ?? nowMs);
    if (!isEqual(state?.rules, policyTexts(policy)) || sinceMs > JUMP_MS) {
      state = await this.#announce(policy, state);
    } else if (state && Math.abs(sinceMs) > SEEN_MS) {
      state = await this.#save(state);
    }
    if (!state || this.#isStopped) return INTERVAL_MS;
    // The clock was set back.
    if (state.fromMs > nowMs + NOTICE_MS) {
      state = await this.#save({ ...state, fromMs: nowMs + NOTICE_MS });
    }
    if (state.fromMs > nowMs) return state.fromMs - nowMs;
    state = await this.#pass(policy, state);
    if (state.isReclaimable && !this.#isStopped) await this.#reclaim(state);
    return INTERVAL_MS;
  }

  async #settled(): Promise<RetentionState | undefined> {
    const text = await this.#deps.reader.retention();
    if (text === null) return undefined;
    const { chunk = [], ...state }: StoredState = JSON.parse(text);
    if (chunk.length === 0) return state;
    const erased = await this.#erase(chunk, () => Promise.resolve());
    return await this.#save(state, seqsExcept(erased, chunk));
  }

  /**
   * Says what new rules will erase: nobody should lose by an upgrade, or by a slip, what
   * was kept until then.
   */
  async #announce(
    policy: RetentionPolicy,
    before: RetentionState | undefined,
  ): Promise<RetentionState | undefined> {
    const { reader, clock, logger } = this.#deps;
    const nowMs = clock.nowMs();
    const groups = retentionGroups(policy);
    const counts = new Map<string, number>();
    const scan = new RetentionScan({ reader, groups, nowMs });
    for await (const { group } of scan.due()) {
      if (this.#isStopped) return undefined;
      counts.set(group.text, (counts.get(group.text) ?? 0) + 1);
    }
    const fromMs = counts.size > 0 ? nowMs + NOTICE_MS : nowMs;
    const at = new Date(fromMs).toISOString();
    for (const [rule, events] of counts) {
      const remedy = groups.find(({ text }) => text === rule)?.remedy;
      const hint =
        `To keep them, ${remedy} before then, and reload the settings: ${PROGRAM_NAME} reload`;
      logger.log({ msg: "retention begins", events, rule, at, hint });
    }
    return await this.#save({
      rules: policyTexts(policy),
      fromMs,
      floors: [],
      isReclaimable: before?.isReclaimable ?? false,
    });
  }

  async #pass(
    policy: RetentionPolicy,
    state: RetentionState,
  ): Promise<RetentionState> {
    const { reader, clock, store } = this.#deps;
    const groups = retentionGroups(policy);
    const deps = { reader, groups, nowMs: clock.nowMs() };
    const scan = new RetentionScan(deps, state.floors);
    const due = scan.due();
    let last = state;
    while (!this.#isStopped) {
      const chunk = await take(due, CHUNK);
      const floors = [...scan.floors];
      const { seqs: passedOver, held } = scan.takePassedOver();
      const isSame = floors.join() === last.floors.join();
      if (chunk.length === 0 && passedOver.length === 0 && isSame) break;
      if (!await store.leaseRetention()) break;
      if (!isEqual(last.rules, policyTexts(this.#deps.policy()))) break;
      if (held > 0) {
        await this.#record(`${counted(held, "event")} on hold kept`);
      }
      let erased: readonly number[] = [];
      if (chunk.length > 0) {
        last = await this.#save({ ...last, isReclaimable: true });
        erased = await this.#expire(chunk);
      }
      passedOver.push(...seqsExcept(erased, chunk));
      last = await this.#save({ ...last, floors }, passedOver);
      if (chunk.length === 0) break;
    }
    await due.return(undefined);
    return last;
  }

  async #record(detail: string): Promise<AuditEntry> {
    const act = { act: "erase", by: "retention", subject: null } as const;
    const entry = { ...act, detail };
    await this.#audit(entry);
    return entry;
  }

  readonly #audit: Auditor = (entry) => {
    const { audit, clock } = this.#deps;
    return audit.append(entry, clock.nowMs());
  };

  /** Erases a chunk, and tells. */
  async #expire(chunk: readonly DueEvent[]): Promise<readonly number[]> {
    let rules: Record<string, number> = {};
    let recorded: AuditEntry | undefined;
    let erased: readonly number[];
    try {
      erased = await this.#erase(chunk, async (seqs, number) => {
        rules = ruleCounts(chunk.filter(({ seq }) => seqs.includes(seq)));
        const parts = Object.entries(rules)
          .map(([rule, events]) => erasedBy(events, rule));
        recorded = await this.#record(numbered(parts.join("; "), number));
      });
    } catch (error) {
      // What a stop interrupts is finished by the next start.
      if (recorded && !this.#isStopped) {
        await recordFailure(this.#audit, recorded);
      }
      throw error;
    }
    const events = Object.values(rules).reduce((sum, one) => sum + one, 0);
    if (events > 0) this.#deps.logger.log({ msg: "expired", events, rules });
    return erased;
  }

  async #erase(
    events: readonly ExpiredEvent[],
    record: Expiry["record"],
  ): Promise<readonly number[]> {
    const { clock, store, setTimer } = this.#deps;
    const { signal } = this.#stopping;
    const erased = await store.expire({
      events,
      erasedAtMs: clock.nowMs(),
      record,
      async pause(spentMs) {
        // The rest of a chunk is quickly done.
        if (signal.aborted) return;
        await sleepUnless(signal, Math.ceil(spentMs * PAUSE_PER_MS), setTimer);
      },
    });
    if (erased) return erased;
    throw notStored();
  }

  async #reclaim(state: RetentionState): Promise<void> {
    const { signal } = this.#stopping;
    if (!await this.#deps.store.reclaim(signal)) throw notStored();
    if (signal.aborted) return;
    await this.#save({ ...state, isReclaimable: false });
  }

  async #save(
    state: RetentionState,
    passedOver: readonly number[] = [],
  ): Promise<RetentionState> {
    const { store, clock } = this.#deps;
    const seen = { ...state, seenMs: clock.nowMs() };
    const text = JSON.stringify(seen);
    if (await store.saveRetention({ state: text, passedOver })) return seen;
    throw notStored();
  }
}

async function take(
  due: AsyncGenerator<DueEvent>,
  count: number,
): Promise<DueEvent[]> {
  const taken: DueEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await due.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

/** The events of a chunk that were not erased. */
function seqsExcept(
  erased: readonly number[],
  chunk: readonly ExpiredEvent[],
): number[] {
  const all = new Set(erased);
  return chunk.map(({ seq }) => seq).filter((seq) => !all.has(seq));
}

function ruleCounts(due: readonly DueEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { group: { text } } of due) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

function isEqual(
  one: readonly string[] | undefined,
  other: readonly string[],
): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function notStored(): StoreError {
  return new StoreError(
    "Cannot erase expired payloads: the store did not accept it",
    "It is retried automatically: look for store failed in the log, and fix that",
  );
}
