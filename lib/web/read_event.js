// An event as the API returns it: its metadata, and the body with every digit as
// received.

import { memberOf, parseJsonNodes } from "./json_nodes.js";

/** @import { EventDetail } from "../views/api_types.ts" */
/** @import { JsonNode } from "./json_nodes.js" */

/**
 * @typedef {object} ParsedEvent
 * @property {EventDetail} detail
 * @property {string} text The source of the body.
 * @property {JsonNode} body
 */

/**
 * Parses a response of the API.
 *
 * @param {string} text
 * @returns {ParsedEvent}
 * @throws {SyntaxError} If it is not an event.
 */
export function readEvent(text) {
  const body = memberOf(parseJsonNodes(text), "body");
  if (!body) throw new SyntaxError("No body");
  const detail = JSON.parse(
    `${text.slice(0, body.start)}null${text.slice(body.end)}`,
  );
  return { detail, text, body };
}
