import { h } from "./dom.js";

/**
 * Shows a name.
 *
 * @param {string} name For example `report/watchlist.matched`.
 */
export function eventName(name) {
  const at = name.lastIndexOf(".") + 1;
  return h(
    "span.name",
    { title: name },
    h(
      "bdi",
      at > 0 && h("span.kind", name.slice(0, at)),
      h("span.action", name.slice(at)),
    ),
  );
}
