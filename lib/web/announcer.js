// Short messages about the result of an action, for eyes and screen readers.

import { h } from "./dom.js";

const SHOWN_MS = 7_000;

/** @typedef {(text: string, isFailure?: boolean) => void} Announcer */

/**
 * Creates an announcer.
 *
 * @param {HTMLElement} container An element of role `status`, always on the page.
 * @returns {Announcer}
 */
export function createAnnouncer(container) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (text, isFailure = false) => {
    clearTimeout(timer);
    const kind = isFailure ? "toast is-failure" : "toast";
    container.replaceChildren(h("p", { class: kind }, text));
    timer = setTimeout(() => container.replaceChildren(), SHOWN_MS);
  };
}
