/**
 * What is shown, and how that stands in the URL. It stands behind the `#`, so that the
 * server has one page only.
 *
 * @module
 */

// @ts-check

/**
 * @typedef {object} Route
 * @property {"events" | "event" | "object" | "rejected" | "destinations"} view
 * @property {string} id Of the event or the object; empty otherwise.
 */

/**
 * Reads a route.
 *
 * @param {string} hash The hash of a URL; what is none of ours leads to the list.
 * @returns {Route}
 */
export function readRoute(hash) {
  const [, folder, id] = /^#\/(events|objects)\/(.+)$/.exec(hash) ?? [];
  if (id !== undefined) {
    return { view: folder === "events" ? "event" : "object", id: decode(id) };
  }
  if (hash === "#/rejected") return { view: "rejected", id: "" };
  if (hash === "#/destinations") return { view: "destinations", id: "" };
  return { view: "events", id: "" };
}

/**
 * Says what is shown, for the title of the window.
 *
 * @param {Route} route
 * @returns {string}
 */
export function titleOf({ view, id }) {
  const title = view.charAt(0).toUpperCase() + view.slice(1);
  return id === "" ? title : `${title} ${id}`;
}

/**
 * Where an event is shown.
 *
 * @param {string} id Its id.
 * @returns {string} A hash.
 */
export function eventHash(id) {
  return `#/events/${encodeURIComponent(id)}`;
}

/**
 * Where the timeline of an object is shown.
 *
 * @param {string} id Its id.
 * @returns {string} A hash.
 */
export function objectHash(id) {
  return `#/objects/${encodeURIComponent(id)}`;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Cut off in the middle of an escape.
  }
}
