// Authenticated encryption: AES-256-GCM with a random nonce in front.

const NONCE_BYTES = 12;

/** The bytes that sealing adds: the nonce, and the tag of GCM. */
export const AEAD_BYTES = NONCE_BYTES + 16;

/** Imports a key. */
export function importAeadKey(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<CryptoKey> {
  const usages: KeyUsage[] = ["encrypt", "decrypt"];
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, usages);
}

/** Binds what is sealed to its place: only there it can be opened. */
export type SealContext = readonly (string | number | null)[];

/** Encrypts. */
export async function encrypt(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
  context: SealContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const target = new Uint8Array(bytes.length + AEAD_BYTES);
  await encryptInto(target, { key, bytes, context });
  return target;
}

/** A text to be encrypted. */
export interface Encryption {
  readonly key: CryptoKey;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly context: SealContext;
}

/**
 * Encrypts to a place in memory.
 *
 * @param target As long as the bytes and {@linkcode AEAD_BYTES}.
 */
export async function encryptInto(
  target: Uint8Array,
  { key, bytes, context }: Encryption,
): Promise<void> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const algorithm = algorithmOf(nonce, context);
  const sealed = await crypto.subtle.encrypt(algorithm, key, bytes);
  target.set(nonce);
  target.set(new Uint8Array(sealed), NONCE_BYTES);
}

/** Decrypts. */
export async function decrypt(
  key: CryptoKey,
  sealed: Uint8Array<ArrayBuffer>,
  context: SealContext,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (sealed.length < AEAD_BYTES) return undefined;
  const algorithm = algorithmOf(sealed.subarray(0, NONCE_BYTES), context);
  try {
    const ciphertext = sealed.subarray(NONCE_BYTES);
    return new Uint8Array(
      await crypto.subtle.decrypt(algorithm, key, ciphertext),
    );
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") {
      return undefined;
    }
    throw error;
  }
}

const encoder = new TextEncoder();

function algorithmOf(
  iv: Uint8Array<ArrayBuffer>,
  context: SealContext,
): AesGcmParams {
  const additionalData = encoder.encode(JSON.stringify(context));
  return { name: "AES-GCM", iv, additionalData };
}
