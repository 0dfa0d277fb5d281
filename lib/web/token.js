/// <reference lib="dom" />

const KEY = "persona-inbox-token";

/** @returns {string | null} The saved token. */
export function readToken() {
  return sessionStorage.getItem(KEY);
}

/**
 * Saves a token.
 *
 * @param {string} token
 * @returns {boolean} False if a header cannot hold it, such as typographic quotes.
 */
export function saveToken(token) {
  try {
    new Headers({ authorization: `Bearer ${token}` });
  } catch {
    return false;
  }
  sessionStorage.setItem(KEY, token);
  return true;
}
