/**
 * What the public listener answers.
 *
 * @module
 */

import { type Logger, toLoggable } from "../log.ts";
import { respond } from "./respond.ts";

/** What a handler knows beside the request. */
export interface RequestContext {
  readonly requestId: string;
  /** Who is connected to us. */
  remoteAddress(): string;
  isStopping(): boolean;
}

/** Answers a request. */
export type Handler = (
  request: Request,
  context: RequestContext,
) => Response | Promise<Response>;

/** A method, `*` for all others, and a path. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: Handler;
}

/** What the routes lead to. */
export interface RoutesOptions {
  receive: Handler;
  isReady: () => Promise<boolean>;
  logger: Logger;
}

/** All of the public listener. `HEAD` goes where `GET` goes. */
function routes({ receive, isReady }: RoutesOptions): Route[] {
  return [
    { method: "GET", path: "/", handler: index },
    { method: "POST", path: "/webhook", handler: receive },
    { method: "*", path: "/webhook", handler: onlyPost },
    { method: "GET", path: "/healthz", handler: health },
    {
      method: "GET",
      path: "/readyz",
      handler: async (_request, context) =>
        !context.isStopping() && await isReady()
          ? respond(200, "Ready", context)
          : respond(503, "Not ready", context),
    },
  ];
}

function index(_request: Request, { requestId }: RequestContext): Response {
  return new Response(
    "Webhook server is running. Send POST requests to /webhook",
    {
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "x-request-id": requestId,
      },
    },
  );
}

function health(_request: Request, context: RequestContext): Response {
  return respond(200, "Alive", context);
}

function onlyPost(_request: Request, { requestId }: RequestContext): Response {
  return respond(405, "Method not allowed", {
    requestId,
    headers: { allow: "POST" },
  });
}

/**
 * Makes one handler of all routes.
 *
 * @param options What the routes lead to.
 * @returns The handler; it never throws.
 */
export function createHandler(options: RoutesOptions): Handler {
  const handlers = new Map(
    routes(options).map((
      { method, path, handler },
    ) => [`${method} ${path}`, handler]),
  );
  return async (request, context) => {
    const path = pathOf(request.url);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const handler = handlers.get(`${method} ${path}`) ??
      handlers.get(`* ${path}`);
    if (!handler) return respond(404, "Not found", context);
    try {
      return await handler(request, context);
    } catch (error) {
      const { requestId } = context;
      const name = error instanceof Error ? error.name : "Unknown";
      options.logger.log({
        msg: "request failed",
        requestId,
        error: toLoggable(name),
      });
      return respond(500, "Internal error", context);
    }
  };
}

/** The path as it stands in an absolute URL, at a fraction of the cost of `URL`. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}
