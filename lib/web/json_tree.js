/**
 * JSON as a tree that folds.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";
import { isContainer, memberOf } from "./json_nodes.js";

/** @import { JsonMember, JsonNode } from "./json_nodes.js" */

const OPEN_DEPTH = 5;
const OPEN_DEPTH_MAX = 60;
/** Long, and seldom what one looks for. */
const FOLDED = /^"(?:relationships|included)"$/;
/** How many members are shown at a time. */
const MEMBERS_SHOWN = 200;
const MASKED = /^"<((?:string \d+)|number|boolean)>"$/;

/**
 * @typedef {object} TreeOptions
 * @property {string} text What the nodes stand in.
 * @property {boolean} isMasked Whether values are named instead of shown.
 * @property {boolean} isUnfolded Whether to begin with everything open.
 */

/**
 * Shows a value.
 *
 * @param {JsonNode} node The value.
 * @param {TreeOptions} options
 * @returns {HTMLElement}
 */
export function jsonTree(node, options) {
  const tree = h("div", { class: "tree" });
  if (isContainer(node)) {
    addMembers(tree, node.members, { ...options, depth: 0 });
  } else tree.append(leaf(node, options));
  return tree;
}

/** @typedef {TreeOptions & { depth: number }} Place */

/**
 * @param {HTMLElement} parent
 * @param {readonly JsonMember[]} members
 * @param {Place} place
 */
function addMembers(parent, members, place) {
  parent.append(
    ...members.slice(0, MEMBERS_SHOWN).map((one) => member(one, place)),
  );
  const rest = members.slice(MEMBERS_SHOWN);
  if (rest.length === 0) return;
  const more = h(
    "button",
    { type: "button", class: "quiet" },
    `${rest.length} more`,
  );
  more.addEventListener("click", () => {
    more.remove();
    addMembers(parent, rest, place);
  });
  parent.append(more);
}

/**
 * @param {JsonMember} member
 * @param {Place} place
 */
function member({ key, node }, place) {
  const name = key !== null &&
    h("span", { class: "key" }, key.slice(1, -1), ": ");
  if (!isContainer(node)) {
    return h("div", { class: "leaf" }, name, leaf(node, place));
  }
  if (node.members.length === 0) {
    const empty = node.kind === "object" ? "{}" : "[]";
    return h("div", { class: "leaf" }, name, empty);
  }
  return branch(node, { key, name, place });
}

/**
 * What is folded is made when it is opened.
 *
 * @param {JsonNode} node
 * @param {{ key: string | null, name: HTMLElement | false, place: Place }} as
 */
function branch(node, { key, name, place }) {
  const depth = place.depth + 1;
  const isOpen = place.isUnfolded
    ? depth < OPEN_DEPTH_MAX
    : depth <= OPEN_DEPTH && !FOLDED.test(key ?? "");
  const members = h("div", { class: "members" });
  const fill = () => {
    if (members.hasChildNodes()) return;
    addMembers(members, node.members, { ...place, depth });
  };
  if (isOpen) fill();
  return h(
    "details",
    { open: isOpen, ontoggle: fill },
    h("summary", {}, name, preview(node, place)),
    members,
  );
}

/**
 * Says what is folded; resources by what they are called.
 *
 * @param {JsonNode} node
 * @param {Place} place
 */
function preview(node, { text }) {
  const count = node.members.length;
  const size = node.kind === "object" ? `{${count}}` : `[${count}]`;
  const called = ["type", "id"].flatMap((key) => {
    const value = memberOf(node, key);
    return value?.kind === "string"
      ? [text.slice(value.start + 1, value.end - 1)]
      : [];
  });
  return h("span", { class: "preview" }, [size, ...called].join(" "));
}

/**
 * @param {JsonNode} node
 * @param {TreeOptions} options
 */
function leaf({ kind, start, end }, { text, isMasked }) {
  const token = text.slice(start, end);
  const masked = isMasked && MASKED.exec(token)?.[1];
  return masked
    ? h("span", { class: "chip", title: "Masked" }, masked)
    : h("span", { class: kind }, token);
}
