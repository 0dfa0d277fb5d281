// The parameters of a route. Unknown ones are errors: a misspelled filter must not be
// ignored, or too much would be listed or replayed.

/** The parameters that a route accepts. */
export interface RouteParameters {
  /** Names in the URL; none by default. */
  readonly query?: readonly string[];
  /** Names in a JSON body; none by default. */
  readonly body?: readonly string[];
}

/**
 * Checks the names of parameters in a URL.
 *
 * @returns A sentence that names the accepted ones; undefined if all are.
 */
export function parameterFault(
  params: URLSearchParams,
  { query = [], body = [] }: RouteParameters,
): string | undefined {
  if ([...params.keys()].every((name) => query.includes(name))) {
    return undefined;
  }
  if (query.length > 0) {
    return `Cannot answer: each parameter must be one of ${query.join(", ")}`;
  }
  const none = "Cannot answer: the URL must have no parameters";
  return body.length > 0
    ? `${none}: put ${body.join(", ")} into a JSON body`
    : none;
}
