/**
 * Reads a request's body up to a limit in bytes and in time.
 *
 * @module
 */

/** The body, or why there is none. */
export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array<ArrayBuffer> }
  | {
    readonly ok: false;
    readonly reason: "body-too-large" | "body-too-slow" | "body-broken-off";
  };

/** Options of {@linkcode readBody}. */
export interface ReadBodyOptions {
  bytesMax: number;
  /** Resolves when the time is up. */
  expired: Promise<unknown>;
}

const TOO_LARGE = { ok: false, reason: "body-too-large" } as const;
const TOO_SLOW = { ok: false, reason: "body-too-slow" } as const;
const BROKEN_OFF = { ok: false, reason: "body-broken-off" } as const;

/**
 * Reads the whole body.
 *
 * @param request The request, its body not read yet.
 * @param options The limits.
 * @returns The body; when a limit was hit the rest is not read.
 */
export async function readBody(
  request: Request,
  options: ReadBodyOptions,
): Promise<BodyResult> {
  const { bytesMax, expired } = options;
  const declared = declaredLength(request.headers);
  if (declared !== null && declared > bytesMax) return TOO_LARGE;
  // Where the length is declared the server reads no more than that, so the whole
  // can be taken at once, at half the cost of a stream.
  const reading = declared === null
    ? readStream(request, bytesMax)
    : request.bytes().then((body): BodyResult => ({ ok: true, body }));
  const result = await Promise.race([
    reading.catch((): BodyResult => BROKEN_OFF),
    expired.then((): BodyResult => TOO_SLOW),
  ]);
  if (result.ok && result.body.length > bytesMax) return TOO_LARGE;
  return result;
}

/** Null when the body is chunked, whatever `content-length` says beside it. */
function declaredLength(headers: Headers): number | null {
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
