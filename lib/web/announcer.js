/**
 * Says what became of something, to eyes and to screen readers.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";

const SHOWN_MS = 7_000;

/** @typedef {(text: string, isFailure?: boolean) => void} Announce */

/**
 * Makes the place where it is said.
 *
 * @param {HTMLElement} place An element of role `status`, always on the page.
 * @returns {Announce}
 */
export function createAnnouncer(place) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (text, isFailure = false) => {
    clearTimeout(timer);
    const kind = isFailure ? "toast is-failure" : "toast";
    place.replaceChildren(h("p", { class: kind }, text));
    timer = setTimeout(() => place.replaceChildren(), SHOWN_MS);
  };
}
