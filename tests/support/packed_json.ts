import { decodeBase64, encodeBase64 } from "@std/encoding/base64";

/** JSON with bytes and maps in it. */
export function pack(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (one instanceof Uint8Array) return { $: "bytes", of: encodeBase64(one) };
    return one instanceof Map ? { $: "map", of: [...one] } : one;
  });
}

/** Reads what {@linkcode pack} wrote. */
export function unpack(text: string): unknown {
  return JSON.parse(text, (_, one) => {
    if (one?.$ === "bytes") return decodeBase64(one.of);
    return one?.$ === "map" ? new Map(one.of) : one;
  });
}
