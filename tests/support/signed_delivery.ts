import { createHmac } from "node:crypto";

/** The secret that tests sign with unless said. */
export const SECRET = "wbhsec_b6f1c0de-0000-4000-8000-5ec2e7000000";

/** The present of tests whose clock stands still. */
export const NOW_SECONDS = 1_750_000_000;

/** A value that must never leave the store. */
export const CANARY = "Canary-Jo Döe 1990-01-31";

export interface SigningOptions {
  secret?: string;
  timestamp?: number | string;
}

/** The hex of `v1`, made by other code than the one under test. */
export function macOf(
  body: string | Uint8Array,
  { secret = SECRET, timestamp = NOW_SECONDS }: SigningOptions = {},
): string {
  return createHmac("sha256", secret).update(`${timestamp}.`).update(body)
    .digest("hex");
}

/** A `persona-signature` header for a body. */
export function headerOf(
  body: string | Uint8Array,
  options: SigningOptions = {},
): string {
  const { timestamp = NOW_SECONDS } = options;
  return `t=${timestamp},v1=${macOf(body, options)}`;
}

/** An event with a canary in it. */
export function eventText(id = "evt_1", note = CANARY): string {
  return JSON.stringify({
    data: {
      type: "event",
      id,
      attributes: {
        name: "inquiry.approved",
        "created-at": "2024-02-15T23:48:17.732Z",
        payload: {
          data: {
            type: "inquiry",
            id: "inq_1",
            attributes: { status: "approved", note },
          },
        },
      },
    },
  });
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
