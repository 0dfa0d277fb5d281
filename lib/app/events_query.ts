/**
 * Queries of events by a program.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Status } from "../views/api_types.ts";
import { EVENT_PARAMETERS, readEventQuery } from "../http/event_query.ts";
import type { ListRequest } from "../store/event_filter.ts";

/** A query of events; all given conditions must hold. */
export interface EventsQuery {
  /** Names or globs, such as `inquiry.*`; one of them must match. */
  readonly name?: string | readonly string[] | undefined;
  /** The id of the object. */
  readonly object?: string | undefined;
  /** A reference id that payloads of the event's object name. */
  readonly reference?: string | undefined;
  /** The name of a destination; `status` is then that of the dispatch there. */
  readonly destination?: string | undefined;
  readonly status?: Exclude<Status, "ignored"> | undefined;
  /** Received then or later: a time, or a span before now such as `1h`. */
  readonly since?: Date | string | undefined;
  /** Received then or earlier. */
  readonly until?: Date | string | undefined;
  /**
   * The length of a page, at most 1000.
   *
   * @default {50}
   */
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. */
  readonly cursor?: string | null | undefined;
}

/**
 * Checks a query as that of `GET /api/events`.
 *
 * @param query The query.
 * @param nowMs The current time.
 * @returns The request.
 * @throws {UsageError} If something of it is invalid, with all faults at once.
 */
export function eventFilterOf(query: EventsQuery, nowMs: number): ListRequest {
  const faults: string[] = [];
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    if (!EVENT_PARAMETERS.includes(name)) {
      const known = EVENT_PARAMETERS.join(", ");
      faults.push(`Unknown condition "${name}" of events(). Known: ${known}`);
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      params.append(name, item instanceof Date ? isoTime(item) : String(item));
    }
  }
  const request = readEventQuery(params, { nowMs, faults });
  if (faults.length > 0) throw new UsageError(faults);
  return request;
}

/** An invalid date becomes a text that is refused. */
function isoTime(date: Date): string {
  return Number.isNaN(date.getTime()) ? String(date) : date.toISOString();
}
