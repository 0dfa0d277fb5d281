// The difference of two JSON values, by path. Values are compared as they are written, so
// that no digit is lost.

import { isContainer, memberOf } from "./json_nodes.js";

/** @import { JsonNode } from "./json_nodes.js" */

/** Deeper values are compared as text. */
const DEPTH_MAX = 100;

/**
 * A value and the text it is in.
 *
 * @typedef {object} JsonSource
 * @property {string} text
 * @property {JsonNode | undefined} node Undefined if there is no value.
 */

/**
 * @typedef {object} Difference
 * @property {string} path For example `data.attributes.status`.
 * @property {string | null} before The source of the value; null if it was added.
 * @property {string | null} after The same; null if it was removed.
 */

/**
 * Compares two values. Elements of arrays that have an id are compared by id.
 *
 * @param {JsonSource} before
 * @param {JsonSource} after
 * @param {{ path?: string, depth?: number }} [place]
 * @returns {Difference[]} In the order of the values.
 */
export function diffJson(before, after, { path = "", depth = 0 } = {}) {
  const [old, now] = [sourceOf(before), sourceOf(after)];
  if (old === now) return [];
  const isBranch = depth < DEPTH_MAX && before.node && after.node &&
    isContainer(before.node) && before.node.kind === after.node.kind;
  if (!isBranch) return [{ path, before: old, after: now }];
  const olds = membersOf(before, path);
  const news = membersOf(after, path);
  return [...new Set([...olds.keys(), ...news.keys()])].flatMap((path) =>
    diffJson(
      { text: before.text, node: olds.get(path) },
      { text: after.text, node: news.get(path) },
      { path, depth: depth + 1 },
    )
  );
}

/** @param {JsonSource} source */
function sourceOf({ text, node }) {
  return node ? text.slice(node.start, node.end) : null;
}

/**
 * @param {JsonSource} source
 * @param {string} path
 * @returns {Map<string, JsonNode>} By path.
 */
function membersOf({ text, node }, path) {
  const members = new Map();
  for (const [i, { key, node: value }] of (node?.members ?? []).entries()) {
    const inner = key === null
      ? `${path}[${idOf(text, value) ?? i}]`
      : [path, key.slice(1, -1)].filter(Boolean).join(".");
    // A repeated name or id must not hide a value.
    members.set(members.has(inner) ? `${inner}#${i}` : inner, value);
  }
  return members;
}

/**
 * @param {string} text
 * @param {JsonNode} node
 */
function idOf(text, node) {
  const id = memberOf(node, "id");
  return id?.kind === "string" ? text.slice(id.start + 1, id.end - 1) : null;
}
