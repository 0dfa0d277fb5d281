const JSON_TYPE = "application/json; charset=utf-8";

/** Options of {@linkcode respond}. */
export interface RespondOptions {
  requestId: string;
  /** Further headers. */
  headers?: Record<string, string>;
}

/**
 * Creates a JSON response.
 *
 * @param status The HTTP status; below 400 means success.
 * @param message A description, without values from the request.
 */
export function respond(
  status: number,
  message: string,
  options: RespondOptions,
): Response {
  return new Response(bodyOf(status, message), {
    status,
    headers: {
      "content-type": JSON_TYPE,
      "x-request-id": options.requestId,
      ...options.headers,
    },
  });
}

const ACCEPTED = bodyOf(200, "Webhook received successfully");

/** Creates the response to a stored delivery, at two thirds of the cost. */
export function respondAccepted(requestId: string): Response {
  return new Response(ACCEPTED, {
    headers: { "content-type": JSON_TYPE, "x-request-id": requestId },
  });
}

function bodyOf(status: number, message: string): string {
  return JSON.stringify({ success: status < 400, message });
}
