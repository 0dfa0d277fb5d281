// The view that is shown, and its form in the URL: the hash, so that the server has one
// page only.

/**
 * @typedef {object} Route
 * @property {"events" | "event" | "object" | "rejected" | "destinations" | "audit"} view
 * @property {string} id The id of the event or object; empty otherwise.
 */

/** Views beside the list. */
const VIEWS = /** @type {const} */ (["rejected", "destinations", "audit"]);

/**
 * Reads a route.
 *
 * @param {string} hash The hash of a URL; an unknown one leads to the list.
 * @returns {Route}
 */
export function readRoute(hash) {
  const [, collection, id] = /^#\/(events|objects)\/(.+)$/.exec(hash) ?? [];
  if (id !== undefined) {
    return {
      view: collection === "events" ? "event" : "object",
      id: decode(id),
    };
  }
  const view = VIEWS.find((name) => hash === `#/${name}`);
  return { view: view ?? "events", id: "" };
}

/**
 * Returns the title of a view.
 *
 * @param {Route} route
 */
export function titleOf({ view, id }) {
  const title = view.charAt(0).toUpperCase() + view.slice(1);
  return id === "" ? title : `${title} ${id}`;
}

/**
 * Returns the hash of an event.
 *
 * @param {string} id
 */
export function eventHash(id) {
  return `#/events/${encodeURIComponent(id)}`;
}

/**
 * Returns the hash of an object's timeline.
 *
 * @param {string} id
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
