/**
 * Answers: JSON with `success` and `message`, and a request id on each.
 *
 * @module
 */

const JSON_TYPE = "application/json; charset=utf-8";

/** Options of {@linkcode respond}. */
export interface RespondOptions {
  requestId: string;
  /** Further headers. */
  headers?: Record<string, string>;
}

/**
 * Answers in JSON.
 *
 * @param status The HTTP status; below 400 means success.
 * @param message What happened, never a value from the request.
 * @param options Request id and headers.
 * @returns The response.
 */
export function respond(
  status: number,
  message: string,
  options: RespondOptions,
): Response {
  return new Response(JSON.stringify({ success: status < 400, message }), {
    status,
    headers: {
      "content-type": JSON_TYPE,
      "x-request-id": options.requestId,
      ...options.headers,
    },
  });
}
