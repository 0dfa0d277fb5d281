import { cutText } from "./text_width.ts";

/** The characters that are left of the random part of an id. */
const OWN_LENGTH = 4;

/** A longer prefix is none; this is that of bodies that are not Persona events. */
const PREFIX_LENGTH_MAX = "unrecognized_".length;

/**
 * Shortens an id to its kind and its first characters, which tell it apart.
 *
 * @param id For example `evt_VpxXk3mJ9sQwRtYz`.
 * @returns For example `evt_VpxX…`.
 */
export function shortId(id: string): string {
  const prefixLength = id.indexOf("_") + 1;
  const kept = prefixLength > PREFIX_LENGTH_MAX ? 0 : prefixLength;
  return cutText(id, kept + OWN_LENGTH + 1);
}
