/**
 * The other texts of a body's JSON.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import type { Variant } from "./change.ts";
import { type JsonSource, jsonSources } from "./json_sources.ts";
import { COMPACT, ESCAPES, LAYOUTS } from "./json_styles.ts";
import { layOutJson } from "./lay_out_json.ts";
import { unlessTooMuch } from "./unless_too_much.ts";
import type { Work } from "./work.ts";

/** What steps take, beside hashing. */
const SOURCES_COST = 64;
const LAYOUT_COST = 64;
const ESCAPES_COST = 8;

/** Of larger bodies the same text may come twice, rather than be kept. */
const KEPT_LENGTH_MAX = 256 << 10;

/** A text grows by indentation; that of no real one by more than this. */
const GROWTH_MAX = 4;

/**
 * Writes the JSON of a body in other ways.
 *
 * @param body The body.
 * @param work What may be done.
 * @returns A variant for each way that gives other bytes; none if it is not JSON.
 */
export function* jsonWritings(
  body: Uint8Array,
  work: Work,
): Generator<Variant<Uint8Array>> {
  const encoder = new TextEncoder();
  const original = isUtf8(body)
    ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(body)
    : "";
  const seen = new Set([original]);
  if (!work.spend(original.length, SOURCES_COST)) return;
  for (const source of jsonSources(original)) {
    if (source.text !== original && seen.has(source.text)) continue;
    for (const { text, words } of writingsOf(source, work)) {
      if (seen.has(text)) continue;
      if (original.length <= KEPT_LENGTH_MAX) seen.add(text);
      const said = words.filter(Boolean).join(", ");
      const difference = {
        code: source.code,
        words: `fits the body's JSON with ${said}`,
      };
      yield { value: encoder.encode(text), difference };
    }
  }
}

/** A text, and what was done to it. */
interface Writing {
  readonly text: string;
  readonly words: readonly string[];
}

function* writingsOf(source: JsonSource, work: Work): Generator<Writing> {
  for (const laidOut of layoutsOf(source, work)) {
    yield laidOut;
    if (!source.isPlain) continue;
    for (const { extra, escape, words } of ESCAPES) {
      if (!work.spend(laidOut.text.length, ESCAPES_COST)) return;
      const text = unlessTooMuch(() => laidOut.text.replace(extra, escape));
      if (text !== null) yield { text, words: [...laidOut.words, words] };
    }
  }
}

function* layoutsOf(
  { text, words, isCompact }: JsonSource,
  work: Work,
): Generator<Writing> {
  yield { text, words: [words] };
  const lengthMax = GROWTH_MAX * text.length + 1_024;
  for (const layout of LAYOUTS) {
    if (isCompact && layout === COMPACT) continue;
    if (!work.spend(text.length, LAYOUT_COST)) return;
    const laidOut = unlessTooMuch(() => layOutJson(text, layout, lengthMax));
    if (laidOut === null) continue;
    yield { text: laidOut, words: [words, layout.words] };
  }
}
