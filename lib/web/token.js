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

/**
 * Keeps a token, if it can be one.
 *
 * @param {string} token
 * @returns {boolean} Whether it can be sent: a header has no typographic quotes.
 */
export function keepToken(token) {
  try {
    new Headers({ authorization: `Bearer ${token}` });
  } catch {
    return false;
  }
  sessionStorage.setItem(KEY, token);
  return true;
}
