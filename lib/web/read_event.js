/**
 * Takes an event apart: what the inbox knows of it, and the body with every digit as
 * it was received.
 *
 * @module
 */

// @ts-check

import { memberOf, parseJsonNodes } from "./json_nodes.js";

/** @import { EventDetail } from "../http/api_types.ts" */
/** @import { JsonNode } from "./json_nodes.js" */

/**
 * @typedef {object} ReadEvent
 * @property {EventDetail} detail
 * @property {string} text What the body stands in.
 * @property {JsonNode} body
 */

/**
 * Reads what the API answers.
 *
 * @param {string} text The answer.
 * @returns {ReadEvent}
 * @throws {SyntaxError} If it is no event.
 */
export function readEvent(text) {
  const body = memberOf(parseJsonNodes(text), "body");
  if (!body) throw new SyntaxError("No body");
  const detail = JSON.parse(
    `${text.slice(0, body.start)}null${text.slice(body.end)}`,
  );
  return { detail, text, body };
}
