/**
 * Routes of a listener as data, and the one way to find them.
 *
 * @module
 */

/** Facts about a request beside what it says. */
export interface RequestContext {
  readonly requestId: string;
  /** The address of who is connected. */
  remoteAddress(): string;
  isStopping(): boolean;
}

/** Answers a request. */
export type Handler = (
  request: Request,
  context: RequestContext,
) => Response | Promise<Response>;

/** A method, `*` for all others, and a path, of which `:id` stands for any one part. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** A route, or why there is none. */
export type RouteMatch<Kind extends Route> =
  | { readonly route: Kind; readonly id: string }
  | { readonly allow: string }
  | undefined;

/** Finds routes. `HEAD` goes where `GET` goes. */
export class Router<Kind extends Route> {
  readonly #exact = new Map<string, Kind[]>();
  readonly #patterns: { pattern: RegExp; routes: Kind[] }[] = [];

  /** @param routes All there are. */
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
   * @param method The method of a request.
   * @param path The path of its URL as it was sent.
   * @returns The route and what stands for `:id`, still encoded; the methods that
   * are allowed when it is not one of them; nothing for a path without routes.
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
