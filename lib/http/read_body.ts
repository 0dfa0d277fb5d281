/**
 * Reads a request's body up to a limit.
 *
 * @module
 */

/** The body, or why there is none. */
export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array<ArrayBuffer> }
  | {
    readonly ok: false;
    readonly reason: "body-too-large" | "body-broken-off";
  };

const TOO_LARGE = { ok: false, reason: "body-too-large" } as const;
const BROKEN_OFF = { ok: false, reason: "body-broken-off" } as const;

/**
 * Reads the whole body.
 *
 * @param request The request, its body not read yet.
 * @param bytesMax The limit; when it is hit the rest is not read.
 * @returns The body, or why there is none; never rejects.
 */
export async function readBody(
  request: Request,
  bytesMax: number,
): Promise<BodyResult> {
  const declared = declaredLength(request.headers);
  if (declared !== null && declared > bytesMax) return TOO_LARGE;
  try {
    // Where the length is declared the server reads no more than that, so the
    // whole can be taken at once, at half the cost of a stream.
    return declared === null
      ? await readStream(request, bytesMax)
      : { ok: true, body: await request.bytes() };
  } catch {
    return BROKEN_OFF;
  }
}

/** Null when the body is chunked, whatever `content-length` says beside it. */
export function declaredLength(headers: Headers): number | null {
  const length = headers.get("content-length");
  if (length === null || headers.has("transfer-encoding")) return null;
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : null;
}

async function readStream(
  request: Request,
  bytesMax: number,
): Promise<BodyResult> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) return TOO_LARGE;
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return { ok: true, body };
}
