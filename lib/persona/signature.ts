/**
 * Persona's webhook signature: who sent these bytes, and when.
 *
 * The header is `t=<unix seconds>,v1=<hex>`, where `v1` is the lower-case hex of
 * HMAC-SHA256 over `<t>.` and the raw body, keyed with the webhook's secret. While
 * a secret is rotated the header holds several such sets separated by spaces, each
 * with its own `t` (Persona docs: Webhooks best practices, "Checking signatures").
 *
 * ```ts
 * import { createVerifier, sign } from "@persona-inbox/persona-inbox";
 * import { assert } from "@std/assert";
 *
 * const body = new TextEncoder().encode('{"data":{}}');
 * const header = await sign("wbhsec_example", body);
 * const verifier = await createVerifier(["wbhsec_example"]);
 * assert((await verifier.verify(header, body)).ok);
 * ```
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { type Clock, systemClock } from "../clock.ts";
import { parseSignatureHeader } from "./signature_header.ts";

/** Why a signature does not count. */
export type SignatureFault =
  | "missing"
  | "malformed"
  | "expired"
  | "future"
  | "mismatch";

/** What came of checking a signature. */
export type SignatureResult =
  | {
    readonly ok: true;
    /** Which of the configured secrets matched, counted from 0. */
    readonly secretIndex: number;
  }
  | {
    readonly ok: false;
    readonly reason: SignatureFault;
    /** How far `t` lies in the past (positive) or future (negative). */
    readonly skewSeconds?: number;
  };

/** Checks signatures against a fixed list of secrets. */
export interface Verifier {
  /**
   * Never throws, whatever the header or body holds.
   *
   * @param header The `persona-signature` header, `null` when absent.
   * @param body The request body exactly as received.
   */
  verify(header: string | null, body: Uint8Array): Promise<SignatureResult>;
}

/** Options of {@linkcode createVerifier}. */
export interface VerifierOptions {
  /**
   * How far `t` may be from now, either way. Persona documents none; 300 is what
   * webhook providers commonly use.
   *
   * @default {300}
   */
  toleranceSeconds?: number;
  /** @default {systemClock} */
  clock?: Clock;
}

const HMAC_SHA256 = { name: "HMAC", hash: "SHA-256" };

/**
 * Imports the secrets once, for any number of checks.
 *
 * @param secrets The webhook's secrets, `wbhsec_` prefix included; any of them may match.
 * @param options Tolerance and clock.
 * @returns A verifier.
 * @throws {DOMException} When a secret is empty.
 *
 * @example A stale delivery
 * ```ts
 * import { createVerifier, sign } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const body = new TextEncoder().encode("{}");
 * const header = await sign("wbhsec_example", body, { timestamp: 1_000 });
 * const verifier = await createVerifier(["wbhsec_example"], {
 *   clock: { nowMs: () => 1_301_000 },
 * });
 * assertEquals(await verifier.verify(header, body), {
 *   ok: false,
 *   reason: "expired",
 *   skewSeconds: 301,
 * });
 * ```
 */
export async function createVerifier(
  secrets: readonly string[],
  options: VerifierOptions = {},
): Promise<Verifier> {
  const { toleranceSeconds = 300, clock = systemClock } = options;
  const keys = await Promise.all(
    secrets.map((secret) => importSecret(secret, "verify")),
  );
  return {
    async verify(header, body) {
      if (!header) return { ok: false, reason: "missing" };
      const sets = parseSignatureHeader(header);
      if (sets.length === 0) return { ok: false, reason: "malformed" };

      const nowSeconds = Math.floor(clock.nowMs() / 1000);
      let smallestSkew = Infinity;
      for (const set of sets) {
        const skew = nowSeconds - Number(set.timestamp);
        if (Math.abs(skew) < Math.abs(smallestSkew)) smallestSkew = skew;
        const isFresh = Math.abs(skew) <= toleranceSeconds;
        if (!isFresh) continue; // Nor is anything when the tolerance is NaN.
        for (const mac of set.macs) {
          for (const [secretIndex, key] of keys.entries()) {
            const message = signedMessage(set.timestamp, body);
            if (await crypto.subtle.verify("HMAC", key, mac, message)) {
              return { ok: true, secretIndex };
            }
          }
        }
      }
      if (Math.abs(smallestSkew) <= toleranceSeconds) {
        return { ok: false, reason: "mismatch" };
      }
      return {
        ok: false,
        reason: smallestSkew > 0 ? "expired" : "future",
        skewSeconds: smallestSkew,
      };
    },
  };
}

/**
 * Signs a body as Persona does.
 *
 * @param secret The webhook's secret, `wbhsec_` prefix included.
 * @param body The exact bytes that will be sent.
 * @param options `timestamp` in Unix seconds, now unless given.
 * @returns The value of the `persona-signature` header.
 *
 * @example A rotation header
 * ```ts
 * import { createVerifier, sign } from "@persona-inbox/persona-inbox";
 * import { assert } from "@std/assert";
 *
 * const body = new TextEncoder().encode("{}");
 * const header = [
 *   await sign("wbhsec_new", body),
 *   await sign("wbhsec_old", body),
 * ].join(" ");
 * const verifier = await createVerifier(["wbhsec_old"]);
 * assert((await verifier.verify(header, body)).ok);
 * ```
 */
export async function sign(
  secret: string,
  body: Uint8Array,
  options: { timestamp?: number } = {},
): Promise<string> {
  const signer = await createSigner(secret);
  return signer.sign(body, options);
}

/** Signs with one secret. */
export interface Signer {
  /**
   * Signs a body as Persona does.
   *
   * @param body The exact bytes that will be sent.
   * @param options `timestamp` in Unix seconds, now unless given.
   * @returns The value of the `persona-signature` header.
   */
  sign(body: Uint8Array, options?: { timestamp?: number }): Promise<string>;
}

/**
 * Imports a secret once, for any number of signatures.
 *
 * @param secret The webhook's secret, `wbhsec_` prefix included.
 * @param options `clock` says what time it is, the machine's own unless given.
 * @returns A signer.
 * @throws {DOMException} When the secret is empty.
 *
 * @example Usage
 * ```ts
 * import { createSigner, createVerifier } from "@persona-inbox/persona-inbox";
 * import { assert } from "@std/assert";
 *
 * const body = new TextEncoder().encode("{}");
 * const signer = await createSigner("wbhsec_example");
 * const header = await signer.sign(body);
 * const verifier = await createVerifier(["wbhsec_example"]);
 * assert((await verifier.verify(header, body)).ok);
 * ```
 */
export async function createSigner(
  secret: string,
  options: { clock?: Clock } = {},
): Promise<Signer> {
  const { clock = systemClock } = options;
  const key = await importSecret(secret, "sign");
  return {
    async sign(body, options = {}) {
      const { timestamp = Math.floor(clock.nowMs() / 1000) } = options;
      const message = signedMessage(`${timestamp}`, body);
      const mac = await crypto.subtle.sign("HMAC", key, message);
      return `t=${timestamp},v1=${encodeHex(mac)}`;
    },
  };
}

function importSecret(
  secret: string,
  usage: "sign" | "verify",
): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, HMAC_SHA256, false, [usage]);
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(64 << 10);

/**
 * `t` as it stands in the header, a dot, and the body. The bytes hold until the next
 * call: WebCrypto copies them before it returns its promise.
 */
function signedMessage(
  timestamp: string,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const prefixLength = timestamp.length + 1;
  const length = prefixLength + body.length;
  if (scratch.length < length) scratch = new Uint8Array(length);
  encoder.encodeInto(`${timestamp}.`, scratch);
  scratch.set(body, prefixLength);
  return scratch.subarray(0, length);
}
