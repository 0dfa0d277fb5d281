/**
 * Which events are listed, and how that stands in the URL. The names are those of the
 * API and of `persona-inbox events`.
 *
 * @module
 */

// @ts-check

/** @import { Row } from "../http/api_types.ts" */

/**
 * @typedef {object} Filter
 * @property {string[]} names Globs, one of which the name must match.
 * @property {string} object An object's id, or empty.
 * @property {string} status A status, or empty.
 * @property {string} since A span such as `1h`, an ISO time, or empty.
 */

/**
 * Reads a filter.
 *
 * @param {string} query The query of a URL; what it does not know is passed over.
 * @returns {Filter}
 */
export function readFilter(query) {
  const params = new URLSearchParams(query);
  return {
    names: params.getAll("name").filter((name) => name !== ""),
    object: params.get("object") ?? "",
    status: params.get("status") ?? "",
    since: params.get("since") ?? "",
  };
}

/**
 * Writes a filter.
 *
 * @param {Filter} filter
 * @returns {string} A query, with its question mark unless it is empty.
 */
export function writeFilter({ names, object, status, since }) {
  const params = new URLSearchParams(names.map((name) => ["name", name]));
  for (const [key, value] of Object.entries({ object, status, since })) {
    if (value !== "") params.set(key, value);
  }
  // An asterisk and a slash need no escape, and read better without.
  const query = String(params).replaceAll("%2F", "/");
  return query === "" ? "" : `?${query}`;
}

/**
 * Tells whether all events are listed.
 *
 * @param {Filter} filter
 * @returns {boolean}
 */
export function isEveryEvent(filter) {
  return writeFilter(filter) === "";
}

/**
 * Tells whether an event that has just arrived is to be listed. It is younger than
 * any `since`.
 *
 * @param {Filter} filter
 * @param {Row} row
 * @returns {boolean}
 */
export function matchesFilter({ names, object, status }, row) {
  return (names.length === 0 ||
    names.some((glob) => globPattern(glob).test(row.name))) &&
    (object === "" || row.objectId === object) &&
    (status === "" || row.status === status);
}

/** @param {string} glob */
function globPattern(glob) {
  const escaped = glob.replace(/[\\^$.+?()[\]{}|]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*+/g, ".*")}$`, "s");
}
