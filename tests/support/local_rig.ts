import { PersonEraser } from "../../lib/app/eraser.ts";
import { Holder } from "../../lib/app/holder.ts";
import { Turns } from "../../lib/app/turns.ts";
import { sendOnce } from "../../lib/app/send_once.ts";
import {
  type DestinationActivity,
  destinationInfo,
} from "../../lib/views/destination_info.ts";
import { DESTINATION_DEFAULTS } from "../../lib/config/destination_members.ts";
import type { DestinationConfig } from "../../lib/destinations/destination_config.ts";
import { createReplayer } from "../../lib/dispatch/replay.ts";
import { createSubscriptions } from "../../lib/dispatch/subscriptions.ts";
import {
  createLocalListener,
  type LocalListener,
  type LocalListenerOptions,
} from "../../lib/http/local_listener.ts";
import type { LogEntry, Logger } from "../../lib/log.ts";
import { Monitor } from "../../lib/monitor/monitor.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type { EventReader } from "../../lib/store/event_reader.ts";
import type { Store } from "../../lib/store/store.ts";
import { explainSignature } from "../../lib/explain/explain_signature.ts";
import { SECRET } from "./signed_delivery.ts";
import type { AdminToken } from "../../lib/config/admin_tokens.ts";
import { MemoryAudit } from "../../lib/store/memory_audit.ts";
import { sign } from "../../lib/persona/signature.ts";
import { FakeTimers } from "./fake_timers.ts";
import { OpenStore } from "./open_store.ts";

/** The origin that the listener takes for its own. */
export const ORIGIN = "http://localhost:3001";
export const NOW_MS = 1_750_000_100_000;

/** Two destinations, of which one wants inquiries only. */
const DESTINATIONS: readonly DestinationConfig[] = [
  {
    ...DESTINATION_DEFAULTS,
    name: "app",
    target: { kind: "http", url: "http://127.0.0.1:8080/hook", secret: "s" },
  },
  {
    ...DESTINATION_DEFAULTS,
    name: "notify",
    target: { kind: "exec", command: ["./notify.sh", "--token=x"] },
    events: ["inquiry.*"],
    order: "none",
  },
];

export interface LocalSetup {
  hostname?: string;
  port?: number;
  token?: string | null;
  tokens?: readonly AdminToken[];
  isRevealing?: boolean;
  deadlineMs?: number;
  /** Stands between the listener and the store's own reader. */
  reader?: (own: EventReader) => EventReader;
  activities?: () => Promise<readonly DestinationActivity[]>;
  destinations?: readonly DestinationConfig[];
}

/** The local listener over a real store in memory, without a port. */
export class LocalRig implements AsyncDisposable {
  readonly open: OpenStore;
  readonly store: Store;
  readonly monitor: Monitor;
  /** What the monitor sees, too. */
  readonly logger: Logger;
  readonly listener: LocalListener;
  readonly timers: FakeTimers;
  readonly audit = new MemoryAudit();
  readonly logged: LogEntry[] = [];
  /** `fromSeq` of every replay. */
  readonly woken: number[] = [];
  /** The port that it takes for its own. */
  port: number;
  #requests = 0;

  private constructor(
    store: Store,
    monitor: Monitor,
    timers: FakeTimers,
    setup: LocalSetup,
  ) {
    this.port = setup.port ?? 3001;
    this.store = store;
    this.open = new OpenStore(store, { onCommit: monitor.committed });
    store.onChange(({ fromSeq }) => {
      if (fromSeq !== undefined) this.woken.push(fromSeq);
    });
    this.monitor = monitor;
    this.timers = timers;
    this.logger = monitor.observe({
      log: (entry) => void this.logged.push(entry),
      flush: () => Promise.resolve(),
    });
    this.listener = createLocalListener(this.#options(setup));
  }

  /** Makes one over an empty store. */
  static async make(setup: LocalSetup = {}): Promise<LocalRig> {
    const timers = new FakeTimers(NOW_MS, settle);
    const monitor = new Monitor(timers.clock);
    const store = await openSqliteStore(":memory:", {
      bodyBytesMax: 1 << 20,
      onCommit: monitor.committed,
    });
    return new LocalRig(store, monitor, timers, setup);
  }

  /** Sends a request; a path is one of the listener's own. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(new URL(path, ORIGIN), init);
    return await this.listener.handle(request, {
      requestId: `request-${this.#requests++}`,
      remoteAddress: () => "127.0.0.1",
      isStopping: () => false,
    });
  }

  /** Gets JSON that must be there. */
  async get<Data>(path: string): Promise<Data> {
    const response = await this.fetch(path);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** Posts JSON, or nothing. */
  post(path: string, body?: unknown): Promise<Response> {
    if (body === undefined) return this.fetch(path, { method: "POST" });
    return this.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.close();
    await this.open.close();
  }

  #options(setup: LocalSetup): LocalListenerOptions {
    const { destinations = DESTINATIONS } = setup;
    const reader = setup.reader?.(this.open.reader) ?? this.open.reader;
    const { hostname = "127.0.0.1", token = null, tokens = [] } = setup;
    const { isRevealing = false, deadlineMs } = setup;
    const deps = {
      turns: new Turns(),
      policy: { retention: [] },
      reader,
      store: this.store,
      subscriptions: createSubscriptions(destinations),
      destinations: destinations.map(({ name }) => name),
      clock: this.timers.clock,
      audit: this.audit,
    };
    const eraser = new PersonEraser(deps);
    const holder = new Holder({ ...deps, eraser, erasesRedacted: true });
    return {
      reader,
      missedBy: (event, body) => deps.subscriptions.missedBy(event, body),
      sign: (body) => sign(SECRET, body, { timestamp: NOW_MS / 1000 }),
      audit: (entry) => this.audit.append(entry, this.timers.clock.nowMs()),
      auditRecords: () => Array.fromAsync(this.audit.records()),
      explain: ({ atMs }, { header, body }) =>
        explainSignature({
          header,
          body,
          secrets: [SECRET],
          nowSeconds: atMs / 1000,
        }),
      replay: createReplayer(deps),
      erase: eraser.erase,
      hold: (...request) => holder.hold(...request),
      release: (...request) => holder.release(...request),
      setPause: (...pause) => this.store.setPause(...pause),
      sendOnce: (id, url) =>
        sendOnce(id, url, {
          reader,
          secret: "wbhsec_once",
          logger: this.logger,
        }),
      activities: setup.activities ?? (() => Promise.resolve([])),
      destinations: destinations.map(destinationInfo),
      monitor: this.monitor,
      page: pageOf,
      store: "sqlite::memory:",
      logBytes: () => this.store.logBytes,
      isRevealing,
      ...(deadlineMs !== undefined && { deadlineMs }),
      hostname,
      tokens: token === null
        ? tokens
        : [{ name: "admin", role: "reveal", token }],
      clock: this.timers.clock,
      logger: this.logger,
      setTimer: this.timers.setTimer,
    };
  }
}

function pageOf(path: string): Response | undefined {
  const types: Record<string, string> = {
    "/": "text/html; charset=utf-8",
    "/app.js": "text/javascript; charset=utf-8",
  };
  const type = types[path];
  return type === undefined
    ? undefined
    : new Response(`the file ${path}`, { headers: { "content-type": type } });
}

/** Lets everything happen that can happen without more time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
}
