/**
 * Types of `@std/encoding/base64` for its JavaScript from npm: the signatures of
 * the original. Copyright the Deno authors, MIT.
 *
 * @module
 */

export type Uint8Array_ = ReturnType<Uint8Array["slice"]>;

export declare function encodeBase64(
  data: ArrayBuffer | Uint8Array | string,
): string;

export declare function decodeBase64(b64: string): Uint8Array_;
