/**
 * Which parameters a route takes: one that is not known may be a filter misspelled, or
 * a limit to what is replayed, and must not be passed over.
 *
 * @module
 */

/** What a route can be told. */
export interface RouteParameters {
  /** Names in the URL; none unless said. */
  readonly query?: readonly string[];
  /** Names in a JSON body; none unless said. */
  readonly body?: readonly string[];
}

/**
 * Finds fault with the names of parameters in a URL.
 *
 * @param params As they stand there.
 * @param route What it takes.
 * @returns A sentence that names what is accepted; nothing when all is well.
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
