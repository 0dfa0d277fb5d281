import { fetchJson } from "./api.js";
import { h } from "./dom.js";
import { writeFilter } from "./filter.js";

/** @import { ApiResult, Failure } from "./api.js" */
/** @import { Row } from "../views/api_types.ts" */
/** @import { Filter } from "./filter.js" */

/** The default number of events per page. */
export const PAGE_SIZE = 50;

/**
 * @typedef {object} Listing
 * @property {Row[]} events Latest arrival first.
 * @property {string | null} cursor Start of the next page; null at the end.
 */

/**
 * Requests a page of events.
 *
 * @param {Filter} filter
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {string | null} [options.cursor] Start of the page; null for the top.
 * @param {number} [options.limit]
 * @returns {Promise<ApiResult<Listing>>}
 */
export function listEvents(filter, { signal, cursor = null, limit }) {
  const params = new URLSearchParams(writeFilter(filter));
  params.set("limit", String(limit ?? PAGE_SIZE));
  if (cursor !== null) params.set("cursor", cursor);
  return fetchJson(`/api/events?${params}`, { signal });
}

/**
 * Creates the notice that there is no page.
 *
 * @param {Failure} failure
 * @param {() => void} retry
 */
export function notListed({ status, message }, retry) {
  const action = status === 400
    ? h("a", { href: "?" }, "List all events")
    : h("button", { onclick: retry }, "Try again");
  return h("span", message, " ", action);
}
