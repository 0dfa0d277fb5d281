import { readToken } from "./token.js";

/**
 * The result of a request. Status 0 means that there was no response.
 *
 * @template Value
 * @typedef {{ ok: true, value: Value }
 *   | { ok: false, status: number, message: string }} ApiResult
 */

/** @typedef {{ ok: false, status: number, message: string }} Failure */

/**
 * @typedef {object} RequestOptions
 * @property {unknown} [body] Sent as JSON by POST.
 * @property {boolean} [isPost] POST without a body.
 * @property {AbortSignal} [signal]
 */

/**
 * Requests JSON.
 *
 * @template Value
 * @param {string} path Starts with `/api/`.
 * @param {RequestOptions} [options]
 * @returns {Promise<ApiResult<Value>>} Never rejects.
 */
export async function fetchJson(path, options = {}) {
  const result = await fetchText(path, options);
  if (!result.ok) return result;
  try {
    return { ok: true, value: JSON.parse(result.value) };
  } catch {
    return unreachable(200);
  }
}

/**
 * Requests text.
 *
 * @param {string} path Starts with `/api/`.
 * @param {RequestOptions} [options]
 * @returns {Promise<ApiResult<string>>} Never rejects.
 */
export function fetchText(path, options = {}) {
  return request(path, options, (response) => response.text());
}

/**
 * Requests bytes.
 *
 * @param {string} path Starts with `/api/`.
 * @param {RequestOptions} [options]
 * @returns {Promise<ApiResult<Blob>>} Never rejects.
 */
export function fetchBlob(path, options = {}) {
  return request(path, options, (response) => response.blob());
}

/**
 * @template Value
 * @param {string} path
 * @param {RequestOptions} options
 * @param {(response: Response) => Promise<Value>} read
 * @returns {Promise<ApiResult<Value>>}
 */
async function request(path, { body, isPost, signal }, read) {
  const headers = authorization();
  if (body !== undefined) headers["content-type"] = "application/json";
  try {
    const response = await fetch(path, {
      method: isPost || body !== undefined ? "POST" : "GET",
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
    if (response.ok) return { ok: true, value: await read(response) };
    const message = messageOf(await response.text());
    if (response.status === 401) dispatchEvent(new Event("unauthorized"));
    return { ok: false, status: response.status, message };
  } catch {
    return unreachable(0);
  }
}

/**
 * Returns the API path of an event or object. The ids `.` and `..` go into the query, as
 * URLs resolve them as path segments.
 *
 * @param {"events" | "objects"} collection
 * @param {string} id
 * @param {{ action?: string, query?: Record<string, string> }} [options]
 * @returns {string} For `fetchJson()`.
 */
export function pathTo(collection, id, { action = "", query = {} } = {}) {
  const isDots = id === "." || id === "..";
  const params = new URLSearchParams(isDots ? { id, ...query } : query);
  const path = `/api/${collection}/${isDots ? "" : encodeURIComponent(id)}`;
  return `${path}${action}${params.size > 0 ? `?${params}` : ""}`;
}

/** @returns {Record<string, string>} The authorization header, if there is a token. */
export function authorization() {
  const token = readToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/**
 * @param {number} status
 * @returns {Failure}
 */
function unreachable(status) {
  const message = "Cannot reach the inbox: is it still running?";
  return { ok: false, status, message };
}

/** @param {string} text */
function messageOf(text) {
  try {
    const { message } = JSON.parse(text);
    if (typeof message === "string") return message;
  } catch {
    // Sent by a proxy, or cut off.
  }
  return "The inbox responded with an error";
}
