// Keys of the settings that wrap the data keys of the store.

import { isDeepStrictEqual } from "node:util";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";

/** Completes "must be". */
export const ENCRYPTION_KEYS_KIND =
  "keys as id:base64 of 32 bytes, separated by commas";

/** The bytes of a key of AES-256. */
const KEY_BYTES = 32;

/** A key and the name by which stored data refer to it. */
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Keys, or what is wrong with them: never what they are. */
export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly EncryptionKey[] }
  | { readonly ok: false; readonly fault: string };

/**
 * Reads keys as `id:base64`, separated by commas or white space.
 *
 * @example
 * ```ts
 * import { createEncryptionKey, parseEncryptionKeys } from "./encryption_key.ts";
 * import { assert } from "@std/assert";
 *
 * assert(parseEncryptionKeys(createEncryptionKey("2026-11")).ok);
 * ```
 */
export function parseEncryptionKeys(text: string): ParsedKeys {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  const keys: EncryptionKey[] = [];
  for (const [index, part] of parts.entries()) {
    const which = parts.length === 1 ? "The key" : `Key ${index + 1}`;
    const [, id, encoded = ""] = /^([\w.-]{1,64}):(.*)$/.exec(part) ?? [];
    if (id === undefined) {
      return fault(`${which} has no id and colon before its base64`);
    }
    const bytes = bytesOf(encoded);
    if (!bytes) return fault(`${which} is not base64 after the colon`);
    if (bytes.length !== KEY_BYTES) {
      return fault(`${which} has ${bytes.length} bytes instead of 32`);
    }
    if (bytes.every((byte) => byte === bytes[0])) {
      return fault(`${which} is a placeholder`);
    }
    if (keys.some((key) => key.id === id)) {
      return fault(`${which} has the id of another one`);
    }
    if (keys.some((key) => isDeepStrictEqual(key.bytes, bytes))) {
      return fault(`${which} is another one again, under another id`);
    }
    keys.push({ id, bytes });
  }
  return keys.length > 0 ? { ok: true, keys } : fault("There is none");
}

/** Creates a fresh key. */
export function createEncryptionKey(id: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return `${id}:${encodeBase64(bytes)}`;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return decodeBase64(base64);
  } catch {
    return undefined;
  }
}

function fault(fault: string): ParsedKeys {
  return { ok: false, fault };
}
