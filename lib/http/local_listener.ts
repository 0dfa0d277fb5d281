// The local listener: the page, its API, and the metrics. It shows what was received, so
// that every request must pass the guard.

import { type SetTimer, systemTimer } from "../clock.ts";
import { InboxError, StoreError, UsageError } from "../errors.ts";
import type { ListRequest } from "../store/event_filter.ts";
import { resolveIds } from "../store/resolve_ids.ts";
import type { EventPage, Stats } from "../views/api_types.ts";
import { BodyBudget } from "./body_budget.ts";
import { DEADLINE_MS, Deadlines } from "./deadlines.ts";
import { EVENT_PARAMETERS } from "./event_query.ts";
import { EventStreams } from "./event_streams.ts";
import {
  type LocalDeps,
  type LocalHandler,
  respondFaults,
  respondJson,
} from "./local_call.ts";
import { JSON_BODY_BYTES_MAX } from "./json_body.ts";
import { listEvents, readPage, showEvent, showObject } from "./local_events.ts";
import { type GuardOptions, LocalGuard, type Refusal } from "./local_guard.ts";
import { reload } from "./local_reload.ts";
import { pauseDestination, resumeDestination } from "./local_pause.ts";
import { replayEvent, replayEvents } from "./local_replay.ts";
import { listRejected, showRejected } from "./local_rejected.ts";
import { downloadBody, showCurl } from "./local_body.ts";
import {
  ERASE_KEYS,
  erasePerson,
  HOLD_KEYS,
  holdObjects,
  listHolds,
  RELEASE_KEYS,
  releaseObjects,
} from "./local_targets.ts";
import { readStats, showMetrics, showStats } from "./local_stats.ts";
import { EVENT_REPLAY_KEYS, REPLAY_KEYS } from "./replay_query.ts";
import { requestFailed } from "./request_failed.ts";
import { respond } from "./respond.ts";
import { parameterFault, type RouteParameters } from "./route_parameters.ts";
import {
  type Handler,
  type RequestContext,
  type Route,
  Router,
} from "./router.ts";
import { SECURITY_HEADERS } from "./security_headers.ts";

/** Bytes of all bodies that are being read. */
const BODIES_BYTES_MAX = 8 << 20;

const IN_PART = ", and this may be done in part";

/** Seconds, for who asks while it stops. */
const RETRY_AFTER = "5";

/** Options of {@linkcode createLocalListener}. */
export interface LocalListenerOptions
  extends Omit<LocalDeps, "deadlines" | "budget">, GuardOptions {
  /** Serves the files of the page, which hold no data and need no token. */
  readonly page: (path: string) => Response | undefined;
  /**
   * The time limit for receiving a body.
   *
   * @default {DEADLINE_MS}
   */
  readonly deadlineMs?: number;
  /** @default {systemTimer} */
  readonly setTimer?: SetTimer;
}

/** The local listener, without its port. */
export interface LocalListener {
  /** Handles a request; never throws. */
  readonly handle: Handler;
  /** Lists events, as `GET /api/events`. */
  readonly events: (request: ListRequest) => Promise<EventPage>;
  /** Returns the state of the server, as `GET /api/stats`. */
  readonly stats: () => Promise<Stats>;
  /** Ends the streams, which never end by themselves. The reader stays open. */
  close(): void;
}

interface LocalRoute extends Route, RouteParameters {
  /** The kind of `:id`, which may then be the beginning of one. */
  readonly idOf?: "event" | "object";
  readonly handler: LocalHandler;
}

/** The routes that do something. */
const ACTIONS: readonly LocalRoute[] = [
  {
    method: "POST",
    path: "/api/events/:id/replay",
    idOf: "event",
    body: EVENT_REPLAY_KEYS,
    handler: replayEvent,
  },
  {
    method: "POST",
    path: "/api/replay",
    body: REPLAY_KEYS,
    handler: replayEvents,
  },
  {
    method: "POST",
    path: "/api/destinations/:id/pause",
    handler: pauseDestination,
  },
  {
    method: "POST",
    path: "/api/destinations/:id/resume",
    handler: resumeDestination,
  },
  { method: "POST", path: "/api/reload", handler: reload },
  {
    method: "POST",
    path: "/api/erase",
    body: ERASE_KEYS,
    handler: erasePerson,
  },
  { method: "POST", path: "/api/hold", body: HOLD_KEYS, handler: holdObjects },
  {
    method: "POST",
    path: "/api/release",
    body: RELEASE_KEYS,
    handler: releaseObjects,
  },
];

/** The routes of the API. `HEAD` is handled as `GET`. */
function routes(streams: EventStreams): readonly LocalRoute[] {
  return [
    {
      method: "GET",
      path: "/api/events",
      query: EVENT_PARAMETERS,
      handler: listEvents,
    },
    {
      method: "GET",
      path: "/api/events/:id",
      idOf: "event",
      query: ["reveal"],
      handler: showEvent,
    },
    {
      method: "GET",
      path: "/api/events/:id/body",
      idOf: "event",
      query: ["reveal"],
      handler: downloadBody,
    },
    {
      method: "GET",
      path: "/api/events/:id/curl",
      idOf: "event",
      query: ["reveal"],
      handler: showCurl,
    },
    ...ACTIONS,
    {
      method: "GET",
      path: "/api/objects/:id",
      idOf: "object",
      handler: showObject,
    },
    { method: "GET", path: "/api/rejected", handler: listRejected },
    {
      method: "GET",
      path: "/api/rejected/:id",
      query: ["reveal"],
      handler: showRejected,
    },
    { method: "GET", path: "/api/holds", handler: listHolds },
    {
      method: "GET",
      path: "/api/audit",
      handler: async (_call, { auditRecords }) =>
        respondJson({ records: await auditRecords() }),
    },
    { method: "GET", path: "/api/stats", handler: showStats },
    {
      method: "GET",
      path: "/api/stream",
      handler: (call) => streams.open(call),
    },
    { method: "GET", path: "/metrics", handler: showMetrics },
  ];
}

/** Creates the local listener. */
export function createLocalListener(
  options: LocalListenerOptions,
): LocalListener {
  const { setTimer = systemTimer } = options;
  const streams = new EventStreams({ ...options, setTimer });
  const local = new Local(options, routes(streams));
  return {
    events: (request) => readPage(request, options.reader),
    stats: () => readStats(options),
    handle: async (request, context) => {
      const { requestId } = context;
      const response = await local.answer(request, context);
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
        response.headers.set(name, value);
      }
      response.headers.set("x-request-id", requestId);
      if (request.method !== "HEAD") return response;
      await response.body?.cancel();
      return new Response(null, response);
    },
    close: () => streams.close(),
  };
}

class Local {
  readonly #options: LocalListenerOptions;
  readonly #deps: LocalDeps;
  readonly #guard: LocalGuard;
  readonly #router: Router<LocalRoute>;

  constructor(options: LocalListenerOptions, routes: readonly LocalRoute[]) {
    this.#options = options;
    const { deadlineMs = DEADLINE_MS } = options;
    this.#deps = {
      ...options,
      deadlines: new Deadlines(deadlineMs),
      budget: new BodyBudget({
        bodyBytesMax: JSON_BODY_BYTES_MAX,
        bytesMax: BODIES_BYTES_MAX,
      }),
    };
    this.#guard = new LocalGuard(options);
    this.#router = new Router(routes);
  }

  async answer(
    request: Request,
    { requestId, isStopping }: RequestContext,
  ): Promise<Response> {
    const { logger } = this.#options;
    if (isStopping()) return respondStopping(requestId);
    try {
      return await this.#answer(request, requestId);
    } catch (error) {
      if (error instanceof StoreError) {
        // What takes too long then meets a store that is closed.
        if (isStopping()) return respondStopping(requestId, IN_PART);
        const { message, hint } = error;
        logger.log({ msg: "store failed", fault: message, hint });
        return respond(503, `${message}. ${hint}`, { requestId });
      }
      if (error instanceof UsageError) {
        return respond(400, error.faults.join("; "), { requestId });
      }
      if (error instanceof InboxError) {
        return respond(409, `${error.message}. ${error.hint}`, { requestId });
      }
      return requestFailed(error, logger, requestId);
    }
  }

  async #answer(request: Request, requestId: string): Promise<Response> {
    const url = URL.parse(request.url);
    if (!url) return respond(400, "Bad request", { requestId });
    const refusal = this.#guard.checkSource(request, url);
    if (refusal) return respondRefusal(refusal, requestId);
    const found = this.#router.find(request.method, url.pathname);
    if (!found) return this.#answerPage(request, url, requestId);
    const isReveal = url.searchParams.has("reveal");
    const isRead = ["GET", "HEAD"].includes(request.method);
    const needed = !isRead ? "operate" : isReveal ? "reveal" : "read";
    const client = this.#guard.identify(request.headers, needed);
    if ("status" in client) return respondRefusal(client, requestId);
    if (!("route" in found)) return wrongMethod(found.allow, requestId);
    const { route } = found;
    const given = route.path.includes(":id") ? idOf(found.id, url) : "";
    if (given === undefined) return respond(404, "Not found", { requestId });
    const call = { request, url, requestId, id: given, client };
    const fault = parameterFault(url.searchParams, route);
    if (fault !== undefined) return respondFaults([fault], call);
    const { reader } = this.#deps;
    const [id = given] = route.idOf
      ? await resolveIds([given], route.idOf, reader)
      : [];
    return await route.handler({ ...call, id }, this.#deps);
  }

  #answerPage(request: Request, url: URL, requestId: string): Response {
    const file = this.#options.page(url.pathname);
    if (!file) return respond(404, "Not found", { requestId });
    const isRead = request.method === "GET" || request.method === "HEAD";
    return isRead ? file : wrongMethod("GET, HEAD", requestId);
  }
}

function respondStopping(requestId: string, extent = ""): Response {
  const message = `Cannot answer: the server is stopping${extent}`;
  const headers = { "retry-after": RETRY_AFTER };
  return respond(503, message, { requestId, headers });
}

function wrongMethod(allow: string, requestId: string): Response {
  const headers = { allow };
  return respond(405, "Method not allowed", { requestId, headers });
}

function respondRefusal(refusal: Refusal, requestId: string): Response {
  const { status, message, headers = {} } = refusal;
  return respond(status, message, { requestId, headers });
}

/**
 * Returns the id in a path, or the parameter `id` if the path leaves it empty, as URLs
 * resolve `.` and `..` as path segments, however they are encoded.
 */
function idOf(part: string, url: URL): string | undefined {
  if (part !== "") return decode(part);
  const id = url.searchParams.get("id");
  url.searchParams.delete("id");
  return id || undefined;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
