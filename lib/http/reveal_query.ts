// What a request asks to see of a payload: `?reveal=1`, or `?reveal=tokens` for the access
// tokens in its URLs, too.

import type { ShowOptions } from "../views/event_json.ts";

/** The parameters that are taken, for a fault. */
export const REVEALS = "reveal=1 or reveal=tokens";

/** Reads the query; null if it asks for nothing of that kind. */
export function readReveal({ searchParams }: URL): ShowOptions | null {
  switch (String([...searchParams])) {
    case "":
      return { reveal: false };
    case "reveal,1":
      return { reveal: true };
    case "reveal,tokens":
      return { reveal: true, tokens: true };
    default:
      return null;
  }
}
