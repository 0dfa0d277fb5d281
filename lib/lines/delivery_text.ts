// A delivery as `dev` shows it, as the quickstart of Persona's documentation does.

import { escapeControls, escapeInLine } from "../escape.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import { readEnvelope } from "../persona/envelope.ts";
import { maskTokens } from "../persona/mask_tokens.ts";

/** A delivery, verified or not. */
export interface SeenDelivery {
  readonly headers: Headers;
  /** Null when it was refused: it may be anybody's. */
  readonly body: Uint8Array | null;
}

/** The most characters of a body that are shown. */
const BODY_LENGTH_MAX = 16_384;

/** The most characters of a header's value that are shown. */
const HEADER_LENGTH_MAX = 200;

/** Headers whose values are shown: those of others may be credentials. */
const SHOWN = /^(?:persona-.*|content-(?:type|length)|user-agent|host)$/;

/**
 * Writes a delivery out.
 *
 * @returns Lines, with their last end; no control character of it reaches a terminal.
 */
export function deliveryText({ headers, body }: SeenDelivery): string {
  const lines = [...headers].map(([name, value]) => {
    const shown = SHOWN.test(name) ? value.slice(0, HEADER_LENGTH_MAX) : "…";
    return `  ${escapeInLine(`${name}: ${shown}`)}`;
  });
  return ["Headers:", ...lines, ...body === null ? [] : bodyLines(body)]
    .map((line) => `${line}\n`).join("");
}

function bodyLines(body: Uint8Array): string[] {
  const envelope = readEnvelope(body);
  const { name, objectType, objectId } = envelope.ok
    ? envelope.envelope
    : { name: null, objectType: null, objectId: null };
  const event = name === null ? [] : [
    `Event type: ${name}`,
    `Payload entity type: ${objectType ?? "none"}`,
    `Payload entity ID: ${objectId ?? "none"}`,
  ];
  const text = maskTokens(indented(new TextDecoder().decode(body)));
  const rest = text.length - BODY_LENGTH_MAX;
  const more = rest > 0 ? `… ${rest} more characters` : "";
  const shown = escapeControls(text.slice(0, BODY_LENGTH_MAX));
  return [...event.map(escapeInLine), `Body: ${shown}${more}`];
}

function indented(text: string): string {
  try {
    const value: JsonValue = JSON.parse(text);
    return isJsonObject(value) ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}
