/**
 * Asks for a page of events.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { ask } from "./api.js";
import { writeFilter } from "./filter.js";

/** @import { Answer } from "./api.js" */
/** @import { Row } from "../http/api_types.ts" */
/** @import { Filter } from "./filter.js" */

/** How many events a page has unless said. */
export const PAGE_SIZE = 50;

/**
 * @typedef {object} Listing
 * @property {Row[]} events The latest arrival first.
 * @property {string | null} cursor Where the next page begins; null at the end.
 */

/**
 * Asks for a page of events.
 *
 * @param {Filter} filter Which events.
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {string | null} [options.cursor] Where to begin; null is the top.
 * @param {number} [options.limit]
 * @returns {Promise<Answer<Listing>>}
 */
export function listEvents(filter, { signal, cursor = null, limit }) {
  const params = new URLSearchParams(writeFilter(filter));
  params.set("limit", String(limit ?? PAGE_SIZE));
  if (cursor !== null) params.set("cursor", cursor);
  return ask(`/api/events?${params}`, { signal });
}
