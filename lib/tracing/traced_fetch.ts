/**
 * `fetch()` whose URL stays out of the traces: its path is often a secret.
 *
 * @module
 */

import { Tracing } from "./tracing.ts";

/**
 * Makes a `fetch()` that hands the trace on, and tells nothing of where to. Deno
 * traces each `fetch()` with its whole URL, and that cannot be turned off. But it
 * reads the options after its span began and before the span learns the URL, and
 * what a span learns after its end is dropped.
 *
 * @param tracing Finds spans; found out unless given.
 * @returns The function: the plain one when nothing is traced.
 */
export function tracedFetch(
  tracing: Tracing | undefined = Tracing.find(),
): typeof fetch {
  if (!tracing) return fetch;
  return (input, init = {}) => {
    const { active: ours } = tracing;
    const method: string = Reflect.get(init, "method") ?? "GET";
    return fetch(input, {
      ...init,
      get method() {
        const { active } = tracing;
        if (active !== ours) active?.end();
        return method;
      },
    });
  };
}
