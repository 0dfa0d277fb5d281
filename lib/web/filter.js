// The filter of the list, and its form in the URL. Parameters are named as in the API
// and in `persona-inbox events`.

/** @import { Row } from "../views/api_types.ts" */

/**
 * @typedef {object} Filter
 * @property {string[]} names Globs; a name must match one of them.
 * @property {string} object An object's id, or empty.
 * @property {string} reference A reference id, or empty.
 * @property {string} destination The name of a destination, or empty.
 * @property {string} status A status, or empty.
 * @property {string} since A span such as `1h`, an ISO time, or empty.
 * @property {string} until The same.
 */

/**
 * Reads a filter.
 *
 * @param {string} query The query of a URL; unknown parameters are ignored.
 * @returns {Filter}
 */
export function readFilter(query) {
  const params = new URLSearchParams(query);
  return {
    names: params.getAll("name").filter((name) => name !== ""),
    object: params.get("object") ?? "",
    reference: params.get("reference") ?? "",
    destination: params.get("destination") ?? "",
    status: params.get("status") ?? "",
    since: params.get("since") ?? "",
    until: params.get("until") ?? "",
  };
}

/**
 * Writes a filter.
 *
 * @param {Filter} filter
 * @returns {string} A query, with its question mark unless it is empty.
 */
export function writeFilter({ names, ...single }) {
  const params = new URLSearchParams(names.map((name) => ["name", name]));
  for (const [key, value] of Object.entries(single)) {
    if (value !== "") params.set(key, value);
  }
  // A slash needs no escape, and reads better without.
  const query = String(params).replaceAll("%2F", "/");
  return query === "" ? "" : `?${query}`;
}

/**
 * Returns whether all events are listed.
 *
 * @param {Filter} filter
 */
export function isEveryEvent(filter) {
  return writeFilter(filter) === "";
}

/**
 * Returns whether an event that has just arrived matches. It is newer than any `since`;
 * the reference ids of its object are unknown here.
 *
 * @param {Filter} filter
 * @param {Row} row
 */
export function matchesFilter(filter, row) {
  const { names, object, reference, until } = filter;
  return (names.length === 0 ||
    names.some((glob) => globPattern(glob).test(row.name))) &&
    (object === "" || row.objectId === object) && reference === "" &&
    until === "" && hasStatus(filter, row);
}

/**
 * Returns whether the status matches: that of one dispatch, if a destination is asked
 * for.
 *
 * @param {Filter} filter
 * @param {Row} row
 */
function hasStatus({ destination, status }, { dispatches = [], ...row }) {
  if (destination === "") return status === "" || row.status === status;
  return dispatches.some((dispatch) =>
    dispatch.destination === destination &&
    (status === "" || dispatch.status === status)
  );
}

/**
 * Returns whether attempts may change what matches.
 *
 * @param {Filter} filter
 */
export function isOfDispatches({ destination, status }) {
  return destination !== "" || status !== "";
}

/** @param {string} glob */
function globPattern(glob) {
  const escaped = glob.replace(/[\\^$.+?()[\]{}|]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*+/g, ".*")}$`, "s");
}
