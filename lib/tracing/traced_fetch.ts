// A `fetch()` that keeps its URL out of traces: the path is often a secret.

import { Tracing } from "./tracing.ts";

/**
 * Creates a `fetch()` that propagates the trace without recording the URL. Deno traces
 * each `fetch()` with its whole URL, which cannot be turned off. But it reads the options
 * after starting its span and before setting the URL on it, and attributes that are set
 * on an ended span are dropped.
 *
 * @param tracing The tracing in use; detected by default.
 * @returns The function; the plain `fetch()` if tracing is off.
 */
export function tracedFetch(
  tracing: Tracing | undefined = Tracing.find(),
): typeof fetch {
  if (!tracing) return fetch;
  return (input, init = {}) => {
    const { active: parent } = tracing;
    const method: string = Reflect.get(init, "method") ?? "GET";
    return fetch(input, {
      ...init,
      get method() {
        const { active } = tracing;
        if (active !== parent) active?.end();
        return method;
      },
    });
  };
}
