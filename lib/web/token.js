/**
 * The token of the local listener, for as long as the tab lives.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

const KEY = "persona-inbox-token";

/** @returns {string | null} The token, if one was given. */
export function readToken() {
  return sessionStorage.getItem(KEY);
}

/** @param {string} token */
export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
}
