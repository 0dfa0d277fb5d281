import { createReceiver, type ReceiveOptions } from "./receive.ts";
import { requestFailed } from "./request_failed.ts";
import { Rejections, type RejectionsDeps } from "./rejections.ts";
import { respond } from "./respond.ts";
import {
  type Handler,
  type RequestContext,
  type Route,
  Router,
} from "./router.ts";

/** Options of {@linkcode createHandler}. */
export interface HandlerOptions
  extends Omit<ReceiveOptions, "rejections">, RejectionsDeps {
  isReady: () => Promise<boolean>;
}

const WEBHOOK = "/webhook";

/** All routes. */
function routes(
  options: HandlerOptions,
  rejections: Rejections,
): (Route & { readonly handler: Handler })[] {
  return [
    { method: "GET", path: "/", handler: index },
    {
      method: "POST",
      path: WEBHOOK,
      handler: createReceiver({ ...options, rejections }),
    },
    {
      method: "*",
      path: WEBHOOK,
      handler: (request, context) =>
        rejections.answer({ reason: "method" }, request, context),
    },
    {
      method: "GET",
      path: "/healthz",
      handler: (_request, context) => respond(200, "Alive", context),
    },
    {
      method: "GET",
      path: "/readyz",
      handler: async (_request, context) =>
        !context.isStopping() && await options.isReady()
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

/**
 * Creates the handler of the public listener.
 *
 * @returns The handler; it never throws.
 */
export function createHandler(options: HandlerOptions): Handler {
  const { logger } = options;
  const rejections = new Rejections(options);
  const router = new Router(routes(options, rejections));
  return async (request, context) => {
    const { method, headers } = request;
    const found = router.find(method, pathOf(request.url));
    try {
      if (found && "route" in found) {
        return await found.route.handler(request, context);
      }
      const isDelivery = method === "POST" && headers.has("persona-signature");
      return isDelivery
        ? rejections.answer({ reason: "path" }, request, context)
        : respond(404, "Not found", context);
    } catch (error) {
      return requestFailed(error, logger, context.requestId);
    }
  };
}

/**
 * Returns the path of an absolute URL, at a fraction of the cost of `URL`. Extra slashes
 * around that of the webhook are ignored.
 */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", start);
  const path = end === -1 ? url.slice(start) : url.slice(start, end);
  return /^\/+webhook\/*$/.test(path) ? WEBHOOK : path;
}
