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

/** Encrypts; leaves room for a header before the nonce. */
export async function encrypt(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
  context: SealContext,
  headerBytes = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const algorithm = algorithmOf(nonce, context);
  const sealed = await crypto.subtle.encrypt(algorithm, key, bytes);
  const start = headerBytes + NONCE_BYTES;
  const result = new Uint8Array(start + sealed.byteLength);
  result.set(nonce, headerBytes);
  result.set(new Uint8Array(sealed), start);
  return result;
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

function algorithmOf(
  iv: Uint8Array<ArrayBuffer>,
  context: SealContext,
): AesGcmParams {
  const additionalData = new TextEncoder().encode(JSON.stringify(context));
  return { name: "AES-GCM", iv, additionalData };
}
