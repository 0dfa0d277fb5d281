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

import { timingSafeEqual } from "node:crypto";
import { encodeHex } from "@std/encoding/hex";
import { type Clock, systemClock } from "../clock.ts";
import { parseSignatureHeader, type SignatureSet } from "./signature_header.ts";

/** A reason to reject a signature. */
export type SignatureFault =
  | "missing"
  | "malformed"
  | "expired"
  | "future"
  | "mismatch";

/** A signature that does not count. */
export interface SignatureRefusal {
  readonly ok: false;
  readonly reason: SignatureFault;
  /** The age of `t`; negative if it is in the future. */
  readonly skewSeconds?: number;
}

/** The outcome of checking a signature. */
export type SignatureResult =
  | {
    readonly ok: true;
    /** Which of the configured secrets matched, counted from 0. */
    readonly secretIndex: number;
  }
  | SignatureRefusal;

/** The sets of a header that are in time, at least one, or why there is none. */
export type FreshSets =
  | { readonly ok: true; readonly sets: readonly SignatureSet[] }
  | SignatureRefusal;

/** Checks signatures against a fixed list of secrets. */
export interface Verifier {
  /**
   * Checks a header and a body. Never throws, whatever they hold.
   *
   * @param header The `persona-signature` header, `null` when absent.
   * @param body The request body exactly as received.
   */
  verify(header: string | null, body: Uint8Array): Promise<SignatureResult>;
  /**
   * Checks what can be checked before there is a body: whether a header is there,
   * well formed and in time.
   *
   * @param header The `persona-signature` header, `null` when absent.
   */
  readHeader(header: string | null): FreshSets;
  /**
   * Checks a body against the sets that {@linkcode readHeader} found. Never throws.
   *
   * @param sets The sets.
   * @param body The request body exactly as received.
   */
  verifySets(
    sets: readonly SignatureSet[],
    body: Uint8Array,
  ): Promise<SignatureResult>;
}

/** Options of {@linkcode createVerifier}. */
export interface VerifierOptions {
  /**
   * The most that `t` may be from now, either way. Persona documents none; 300 is what
   * webhook providers commonly use.
   *
   * @default {300}
   */
  toleranceSeconds?: number | undefined;
  /**
   * The source of the present time.
   *
   * @default The clock of the machine.
   */
  clock?: Clock | undefined;
}

/**
 * Of a larger body only so many timestamps are tried: each costs an HMAC before
 * anything is known about the sender, and a rotation has two at most.
 */
const LARGE_BODY_BYTES = 64 << 10;
const LARGE_BODY_TIMESTAMPS_MAX = 2;

const HMAC_SHA256 = { name: "HMAC", hash: "SHA-256" };

/**
 * Imports the secrets once, for any number of checks.
 *
 * @param secrets The webhook's secrets, `wbhsec_` prefix included; any of them may match,
 *   and without any nothing verifies.
 * @param options Tolerance and clock.
 * @returns A verifier.
 * @throws {RangeError} When a secret is empty, or the tolerance is negative or no number.
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
  if (!(toleranceSeconds >= 0)) {
    throw new RangeError(
      `Cannot verify as the tolerance must be a number of seconds from 0: current value is ${toleranceSeconds}`,
    );
  }
  const keys = await Promise.all(secrets.map(importSecret));

  function readHeader(header: string | null): FreshSets {
    if (!header) return { ok: false, reason: "missing" };
    const sets = parseSignatureHeader(header);
    if (sets.length === 0) return { ok: false, reason: "malformed" };
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const skewOf = ({ timestamp }: SignatureSet) =>
      nowSeconds - Number(timestamp);
    const fresh = sets.filter((set) =>
      Math.abs(skewOf(set)) <= toleranceSeconds
    );
    if (fresh.length > 0) return { ok: true, sets: fresh };
    const skewSeconds = sets.map(skewOf).reduce((smallest, skew) =>
      Math.abs(skew) < Math.abs(smallest) ? skew : smallest
    );
    const reason = skewSeconds > 0 ? "expired" : "future";
    return { ok: false, reason, skewSeconds };
  }

  async function verifySets(
    sets: readonly SignatureSet[],
    body: Uint8Array,
  ): Promise<SignatureResult> {
    const timestampsMax = body.length > LARGE_BODY_BYTES
      ? LARGE_BODY_TIMESTAMPS_MAX
      : Infinity;
    const tried = new Set<string>();
    for (const { timestamp } of sets) {
      if (tried.has(timestamp) || tried.size === timestampsMax) continue;
      tried.add(timestamp);
      for (let secretIndex = 0; secretIndex < keys.length; secretIndex++) {
        const mac = await macOf(keys[secretIndex]!, timestamp, body);
        const isMatch = sets.some((set) =>
          set.timestamp === timestamp &&
          set.macs.some((claimed) => timingSafeEqual(claimed, mac))
        );
        if (isMatch) return { ok: true, secretIndex };
      }
    }
    return { ok: false, reason: "mismatch" };
  }

  return {
    readHeader,
    verifySets,
    async verify(header, body) {
      const fresh = readHeader(header);
      return fresh.ok ? await verifySets(fresh.sets, body) : fresh;
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
 * @throws {RangeError} When the secret is empty, or the timestamp is not whole seconds.
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
  options: { timestamp?: number | undefined } = {},
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
  sign(
    body: Uint8Array,
    options?: { timestamp?: number | undefined },
  ): Promise<string>;
}

/**
 * Imports a secret once, for any number of signatures.
 *
 * @param secret The webhook's secret, `wbhsec_` prefix included.
 * @param options `clock` says what time it is, the machine's own unless given.
 * @returns A signer.
 * @throws {RangeError} When the secret is empty.
 *
 * @example Usage
 * ```ts
 * import { createSigner, createVerifier } from "@persona-inbox/persona-inbox/persona";
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
  options: { clock?: Clock | undefined } = {},
): Promise<Signer> {
  const { clock = systemClock } = options;
  const key = await importSecret(secret);
  return {
    async sign(body, options = {}) {
      const { timestamp = Math.floor(clock.nowMs() / 1000) } = options;
      if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
        throw new RangeError(
          `Cannot sign as the timestamp must be whole Unix seconds: current value is ${timestamp}`,
        );
      }
      const mac = await macOf(key, `${timestamp}`, body);
      return `t=${timestamp},v1=${encodeHex(mac)}`;
    },
  };
}

async function importSecret(secret: string): Promise<CryptoKey> {
  if (secret.length === 0) {
    throw new RangeError("Cannot use the webhook secret: it is empty");
  }
  const bytes = new TextEncoder().encode(secret);
  return await crypto.subtle.importKey("raw", bytes, HMAC_SHA256, false, [
    "sign",
  ]);
}

async function macOf(
  key: CryptoKey,
  timestamp: string,
  body: Uint8Array,
): Promise<Uint8Array> {
  const message = signedMessage(timestamp, body);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
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
