/**
 * Types of `@std/encoding/hex` for its JavaScript from npm: the signatures of
 * the original. Copyright the Deno authors, MIT.
 *
 * @module
 */

export type Uint8Array_ = ReturnType<Uint8Array["slice"]>;

export declare function encodeHex(
  src: string | Uint8Array | ArrayBuffer,
): string;

export declare function decodeHex(src: string): Uint8Array_;
