/** The context of a request. */
export interface RequestContext {
  readonly requestId: string;
  /** The address of the connection. */
  remoteAddress(): string;
  isStopping(): boolean;
}

/**
 * Creates the context of a request from `Deno.serve`.
 *
 * @param isStopping Returns whether new requests must be rejected.
 */
export function contextOf(
  info: Deno.ServeHandlerInfo,
  isStopping: () => boolean = () => false,
): RequestContext {
  return {
    requestId: crypto.randomUUID(),
    // Not before it is asked for: Deno looks it up then.
    remoteAddress: () =>
      "hostname" in info.remoteAddr ? info.remoteAddr.hostname : "",
    isStopping,
  };
}

/** A handler of requests. */
export type Handler = (
  request: Request,
  context: RequestContext,
) => Response | Promise<Response>;

/** A method, `*` for all others, and a path in which `:id` matches one segment. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** The matching route, the allowed methods, or neither. */
export type RouteMatch<Kind extends Route> =
  | { readonly route: Kind; readonly id: string }
  | { readonly allow: string }
  | undefined;

/** A router. `HEAD` is handled as `GET`. */
export class Router<Kind extends Route> {
  readonly #exact = new Map<string, Kind[]>();
  readonly #patterns: { pattern: RegExp; routes: Kind[] }[] = [];

  constructor(routes: readonly Kind[]) {
    for (const [path, sharing] of Map.groupBy(routes, ({ path }) => path)) {
      if (!path.includes(":id")) this.#exact.set(path, sharing);
      else {
        const pattern = new RegExp(`^${path.replace(":id", "([^/]*)")}$`);
        this.#patterns.push({ pattern, routes: sharing });
      }
    }
  }

  /**
   * Finds a route.
   *
   * @param path The path of its URL, not decoded.
   * @returns The route and the value of `:id`, still encoded; the allowed methods if the
   * method is not among them; undefined for an unknown path.
   */
  find(method: string, path: string): RouteMatch<Kind> {
    const exact = this.#exact.get(path);
    if (exact) return choose(exact, method, "");
    for (const { pattern, routes } of this.#patterns) {
      const [, id] = pattern.exec(path) ?? [];
      if (id !== undefined) return choose(routes, method, id);
    }
    return undefined;
  }
}

function choose<Kind extends Route>(
  routes: readonly Kind[],
  method: string,
  id: string,
): RouteMatch<Kind> {
  const wanted = method === "HEAD" ? "GET" : method;
  const route = routes.find((route) => route.method === wanted) ??
    routes.find((route) => route.method === "*");
  if (route) return { route, id };
  const methods = routes.map((route) => route.method);
  const allow = methods.flatMap((name) =>
    name === "GET" ? ["GET", "HEAD"] : name
  );
  return { allow: allow.join(", ") };
}
