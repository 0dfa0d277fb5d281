/**
 * Asks the local listener.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { readToken } from "./token.js";

/**
 * What came of asking. Status 0 means that nobody answered.
 *
 * @template Value
 * @typedef {{ ok: true, value: Value }
 *   | { ok: false, status: number, message: string }} Answer
 */

/** @typedef {{ ok: false, status: number, message: string }} Failure */

/**
 * @typedef {object} AskOptions
 * @property {unknown} [body] Sent as JSON by POST.
 * @property {boolean} [isPost] POST without a body.
 * @property {AbortSignal} [signal]
 */

/**
 * Asks for JSON.
 *
 * @template Value
 * @param {string} path From `/api/` on.
 * @param {AskOptions} [options]
 * @returns {Promise<Answer<Value>>} The answer; never rejects.
 */
export async function ask(path, options = {}) {
  const answer = await askText(path, options);
  if (!answer.ok) return answer;
  try {
    return { ok: true, value: JSON.parse(answer.value) };
  } catch {
    return broken(200);
  }
}

/**
 * Asks for text.
 *
 * @param {string} path From `/api/` on.
 * @param {AskOptions} [options]
 * @returns {Promise<Answer<string>>} The answer; never rejects.
 */
export async function askText(path, { body, isPost, signal } = {}) {
  const headers = authorization();
  if (body !== undefined) headers["content-type"] = "application/json";
  try {
    const response = await fetch(path, {
      method: isPost || body !== undefined ? "POST" : "GET",
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
    const text = await response.text();
    if (response.ok) return { ok: true, value: text };
    if (response.status === 401) dispatchEvent(new Event("unauthorized"));
    return { ok: false, status: response.status, message: messageOf(text) };
  } catch {
    return broken(0);
  }
}

/**
 * Names a thing by its id. No path can hold the ids `.` and `..`, which URLs take for
 * folders.
 *
 * @param {"events" | "objects"} collection
 * @param {string} id
 * @param {{ action?: string, query?: Record<string, string> }} [options]
 * @returns {string} For `ask()`.
 */
export function pathTo(collection, id, { action = "", query = {} } = {}) {
  const isDots = id === "." || id === "..";
  const params = new URLSearchParams(isDots ? { id, ...query } : query);
  const path = `/api/${collection}/${isDots ? "" : encodeURIComponent(id)}`;
  return `${path}${action}${params.size > 0 ? `?${params}` : ""}`;
}

/** @returns {Record<string, string>} The header that lets us in, if we have a token. */
export function authorization() {
  const token = readToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/**
 * @param {number} status
 * @returns {Failure}
 */
function broken(status) {
  const message = "Cannot reach the inbox: does it still run?";
  return { ok: false, status, message };
}

/** @param {string} text */
function messageOf(text) {
  try {
    const { message } = JSON.parse(text);
    if (typeof message === "string") return message;
  } catch {
    // It comes from a proxy, or is cut off.
  }
  return "The inbox answered with an error";
}
