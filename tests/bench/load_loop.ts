/**
 * Load on a number of connections, each with one delivery at a time. In a closed loop
 * the next one goes out when the answer to the last one is in; in an open loop when
 * its time has come, and what a busy server makes it wait counts as latency.
 *
 * @module
 */

import type { RequestPool } from "./request_pool.ts";
import { ResponseReader } from "./response_reader.ts";

/** After so many broken connections there is nothing to measure. */
const BROKEN_MAX = 100;

/** What to send. */
export interface Phase {
  readonly count: number;
  /** When to end before all is sent. */
  readonly seconds: number;
  /** The pace of an open loop; 0 for a closed one. */
  readonly perSecond: number;
}

/** What came of it. */
export interface PhaseResult {
  /** Of every response, in the order of their arrival. */
  readonly latenciesMs: Float64Array;
  readonly seconds: number;
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Deliveries without a whole response. */
  readonly broken: number;
  /** When the slowest response came, in seconds from the start. */
  readonly slowestAtSeconds: number;
}

/** Where to send it. */
export interface Target {
  readonly port: number;
  readonly concurrency: number;
}

/** Keeps its connections from one phase to the next. */
export class LoadLoop {
  readonly #port: number;
  readonly #pool: RequestPool;
  readonly #links: (Link | undefined)[];
  #taken = 0;

  constructor(target: Target, pool: RequestPool) {
    this.#port = target.port;
    this.#pool = pool;
    this.#links = new Array(target.concurrency).fill(undefined);
  }

  /** @throws When the server cannot be reached or keeps breaking connections. */
  async run(phase: Phase): Promise<PhaseResult> {
    const latenciesMs = new Float64Array(phase.count);
    const statuses: Record<string, number> = {};
    let [sent, answered, broken] = [0, 0, 0];
    let [slowestMs, slowestAtMs] = [0, 0];
    for (const slot of this.#links.keys()) {
      this.#links[slot] ??= await connect(this.#port);
    }
    const startMs = performance.now();
    const endMs = startMs + phase.seconds * 1000;

    const runSlot = async (slot: number): Promise<void> => {
      while (sent < phase.count && performance.now() < endMs) {
        const dueMs = phase.perSecond > 0
          ? startMs + sent * 1000 / phase.perSecond
          : 0;
        sent++;
        const isEarly = dueMs > performance.now();
        if (isEarly) await sleep(dueMs - performance.now());
        const request = this.#pool.take(this.#taken++);
        const link = this.#links[slot] ??= await connect(this.#port);
        // A timer's own lateness is not the server's.
        const isLate = dueMs > 0 && !isEarly;
        const sentAtMs = isLate ? dueMs : performance.now();
        try {
          const { status, closes } = await exchange(link, request);
          const nowMs = performance.now();
          latenciesMs[answered++] = nowMs - sentAtMs;
          statuses[status] = (statuses[status] ?? 0) + 1;
          if (nowMs - sentAtMs > slowestMs) {
            [slowestMs, slowestAtMs] = [nowMs - sentAtMs, nowMs];
          }
          if (closes) this.#drop(slot);
        } catch (error) {
          this.#drop(slot);
          if (++broken > BROKEN_MAX) throw error;
        }
      }
    };
    await Promise.all(this.#links.map((_, slot) => runSlot(slot)));
    return {
      latenciesMs: latenciesMs.subarray(0, answered),
      seconds: (performance.now() - startMs) / 1000,
      statuses,
      broken,
      slowestAtSeconds: (slowestAtMs - startMs) / 1000,
    };
  }

  close(): void {
    for (const slot of this.#links.keys()) this.#drop(slot);
  }

  #drop(slot: number): void {
    this.#links[slot]?.conn.close();
    this.#links[slot] = undefined;
  }
}

interface Link {
  readonly conn: Deno.Conn;
  readonly reader: ResponseReader;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function connect(port: number): Promise<Link> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  return { conn, reader: new ResponseReader(conn) };
}

async function exchange({ conn, reader }: Link, request: Uint8Array) {
  let written = await conn.write(request);
  while (written < request.length) {
    written += await conn.write(request.subarray(written));
  }
  return await reader.next();
}
