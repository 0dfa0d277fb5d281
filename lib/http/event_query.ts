import {
  EVENT_CONDITIONS,
  LIST_CONDITIONS,
  type ListRequest,
} from "../store/event_filter.ts";
import { readConditions } from "../store/read_conditions.ts";

/** The names of all parameters. */
export const EVENT_PARAMETERS = LIST_CONDITIONS.map((key) =>
  EVENT_CONDITIONS[key].name
);

const LIMIT = 50;

/** The most events in one response. */
const PAGE_MAX = 1_000;

/**
 * Parses the parameters of a list.
 *
 * @param params The parameters of the URL.
 * @returns The filter for one page; meaningless if there are faults.
 */
export function readEventQuery(
  params: URLSearchParams,
  options: { readonly nowMs: number; readonly faults: string[] },
): ListRequest {
  const { limit = LIMIT, ...conditions } = readConditions(LIST_CONDITIONS, {
    ...options,
    valuesOf: (name) => params.has(name) ? params.getAll(name) : undefined,
  });
  return { ...conditions, limit: Math.min(limit, PAGE_MAX) };
}

/**
 * Returns the cursor of the next page.
 *
 * @param beforeSeq The last event of this page.
 * @returns A value for the parameter `cursor`.
 */
export function cursorOf(beforeSeq: number): string {
  return String(beforeSeq);
}
