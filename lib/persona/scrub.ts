/**
 * What a destination said, without the person in it: a handler that fails may echo
 * what it was sent.
 *
 * @module
 */

import { readEnvelope } from "./envelope.ts";
import { mapJson } from "./map_json.ts";
import { maskScalar } from "./mask_scalar.ts";
import { readingsOf } from "./output_readings.ts";

/** Shorter ones are in every text, and tell of nobody. */
const LENGTH_MIN = 3;
const DIGITS_MIN = 4;

/** Comparisons of an output in one reading: far more than a real payload needs. */
const COMPARISONS_MAX = 2_000_000;

/** Every string of a JSON text, to be passed over, and every number. */
const STRINGS_AND_NUMBERS = /"(?:\\.|[^"\\])*"|-?([0-9][0-9.eE+-]*)/g;

/** Options of {@linkcode createScrubber}. */
export interface ScrubberOptions {
  /** The most bytes of an output: of a longer one only a part was kept. */
  outputBytesMax: number;
}

/**
 * Makes what scrubs the outputs of one event. Every value of the body that
 * masking would hide, strings of 3 characters and numbers of 4 digits at least,
 * becomes `<masked>` in them, whatever its case, and escaped for JSON, a URL or
 * HTML too. Where that cannot be done, nothing of an output is left but its length.
 *
 * @param body The raw body.
 * @param options How outputs were cut.
 * @returns Scrubs an output; never throws.
 */
export function createScrubber(
  body: Uint8Array,
  { outputBytesMax }: ScrubberOptions,
): (output: string) => string {
  let values: ReadonlySet<string> | null | undefined;
  return (output) => {
    if (output === "") return "";
    if (values === undefined) values = hiddenValues(body);
    const { length } = new TextEncoder().encode(output);
    // Up to 3 bytes were left, too few for a whole character.
    const isCut = length > outputBytesMax - 4;
    const scrubbed = values && hide(output, values, isCut);
    return scrubbed ?? `<string ${output.length}>`;
  };
}

/** What is to be hidden of a body, folded; null if it is not JSON. */
function hiddenValues(body: Uint8Array): ReadonlySet<string> | null {
  try {
    return hiddenIn(new TextDecoder().decode(body), eventNameOf(body));
  } catch {
    return null;
  }
}

/** No personal data, unlike other values under `name`. */
function eventNameOf(body: Uint8Array): string | undefined {
  const result = readEnvelope(body);
  return result.ok ? result.envelope.name : undefined;
}

function hiddenIn(
  text: string,
  eventName: string | undefined,
): ReadonlySet<string> {
  const values = new Set<string>();
  mapJson(JSON.parse(text), {
    scalar(scalar, key) {
      if (typeof scalar !== "string" || scalar === eventName) return null;
      const value = scalar.trim();
      const isHidden = maskScalar(scalar, key) !== scalar;
      if (isHidden && value.length >= LENGTH_MIN) {
        values.add(fold(value)).add(fold(value.toUpperCase()));
      }
      return null;
    },
  });
  // Not from the parsed values: those of many digits are not exact.
  for (const [, number] of text.matchAll(STRINGS_AND_NUMBERS)) {
    if (number === undefined) continue;
    for (const value of [number, String(Number(number))]) {
      const digits = value.replace(/[^0-9]/g, "").length;
      if (digits >= DIGITS_MIN) values.add(fold(value));
    }
  }
  return values;
}

function hide(
  output: string,
  values: ReadonlySet<string>,
  isCut: boolean,
): string | null {
  /** For each place in the output, up to where it is to be hidden from there. */
  const ends = new Uint32Array(output.length);
  for (const { text, starts } of readingsOf(output, { isCut })) {
    const mark = (from: number, to: number) => {
      const start = starts[from]!;
      ends[start] = Math.max(ends[start]!, starts[to]!);
    };
    if (!find(fold(text), values, { isCut, mark })) return null;
  }
  let shown = "";
  let hiddenUntil = 0;
  for (const [at, end] of ends.entries()) {
    if (end > at && at >= hiddenUntil) shown += "<masked>";
    hiddenUntil = Math.max(hiddenUntil, end);
    if (at >= hiddenUntil) shown += output[at];
  }
  return shown;
}

/** Marks every place of every value; tells whether it got done with them. */
function find(
  text: string,
  values: ReadonlySet<string>,
  { isCut, mark }: {
    isCut: boolean;
    mark: (from: number, to: number) => void;
  },
): boolean {
  const places = placesOf(text);
  const head = text.slice(0, LENGTH_MIN);
  let comparisons = 0;
  for (const value of values) {
    for (const at of places.get(value.slice(0, LENGTH_MIN)) ?? []) {
      if (++comparisons > COMPARISONS_MAX) return false;
      const end = at + value.length;
      const isThere = end > text.length
        ? isCut && value.startsWith(text.slice(at))
        : text.startsWith(value, at);
      if (isThere) mark(at, Math.min(end, text.length));
    }
    if (!isCut) continue;
    // What is left of a value whose beginning was cut off.
    for (let at = 0; (at = value.indexOf(head, at + 1)) !== -1;) {
      if (++comparisons > COMPARISONS_MAX) return false;
      if (text.startsWith(value.slice(at))) mark(0, value.length - at);
    }
  }
  return true;
}

/** Where each run of {@linkcode LENGTH_MIN} characters is. */
function placesOf(text: string): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (let at = 0; at + LENGTH_MIN <= text.length; at++) {
    const run = text.slice(at, at + LENGTH_MIN);
    const known = places.get(run);
    if (known) known.push(at);
    else places.set(run, [at]);
  }
  return places;
}

/** Upper case where that has the same length: lower case depends on what is around. */
function fold(text: string): string {
  const upper = text.toUpperCase();
  if (upper.length === text.length) return upper;
  return text.replace(/./gsu, (character) => {
    const upper = character.toUpperCase();
    return upper.length === character.length ? upper : character;
  });
}
