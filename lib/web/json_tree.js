import { h } from "./dom.js";
import { isContainer, memberOf } from "./json_nodes.js";

/** @import { JsonMember, JsonNode } from "./json_nodes.js" */

const OPEN_DEPTH = 5;
const OPEN_DEPTH_MAX = 60;
/** Long and rarely of interest. */
const FOLDED = /^"(?:relationships|included)"$/;
/** The number of members shown at a time. */
const MEMBERS_SHOWN = 200;
const MASKED = /^"<((?:string \d+)|number|boolean)>"$/;

/**
 * @typedef {object} TreeOptions
 * @property {string} text The source of the nodes.
 * @property {boolean} isMasked True if values are masked.
 * @property {boolean} isExpanded True to start fully expanded.
 */

/**
 * Shows a value.
 *
 * @param {JsonNode} node
 * @param {TreeOptions} options
 */
export function jsonTree(node, options) {
  const tree = h("div.tree");
  if (isContainer(node)) {
    addMembers(tree, node.members, { ...options, depth: 0 });
  } else tree.append(leaf(node, options));
  return tree;
}

/** @typedef {TreeOptions & { depth: number }} MemberOptions */

/**
 * @param {HTMLElement} parent
 * @param {readonly JsonMember[]} members
 * @param {MemberOptions} options
 */
function addMembers(parent, members, options) {
  parent.append(
    ...members.slice(0, MEMBERS_SHOWN).map((one) => member(one, options)),
  );
  const rest = members.slice(MEMBERS_SHOWN);
  if (rest.length === 0) return;
  const more = h("button.quiet", `${rest.length} more`);
  more.addEventListener("click", () => {
    more.remove();
    addMembers(parent, rest, options);
  });
  parent.append(more);
}

/**
 * @param {JsonMember} member
 * @param {MemberOptions} options
 */
function member({ key, node }, options) {
  const name = key !== null &&
    h("span.key", key.slice(1, -1), ": ");
  if (!isContainer(node)) {
    return h("div.leaf", name, leaf(node, options));
  }
  if (node.members.length === 0) {
    const empty = node.kind === "object" ? "{}" : "[]";
    return h("div.leaf", name, empty);
  }
  return branch(node, { key, name, options });
}

/**
 * Members are created when they are first expanded.
 *
 * @param {JsonNode} node
 * @param {{ key: string | null, name: HTMLElement | false, options: MemberOptions }} context
 */
function branch(node, { key, name, options }) {
  const depth = options.depth + 1;
  const isOpen = options.isExpanded
    ? depth < OPEN_DEPTH_MAX
    : depth <= OPEN_DEPTH && !FOLDED.test(key ?? "");
  const members = h("div.members");
  const fill = () => {
    if (members.hasChildNodes()) return;
    addMembers(members, node.members, { ...options, depth });
  };
  if (isOpen) fill();
  return h(
    "details",
    { open: isOpen, ontoggle: fill },
    h("summary", name, preview(node, options)),
    members,
  );
}

/**
 * The number of members; for a resource also its type and id.
 *
 * @param {JsonNode} node
 * @param {MemberOptions} options
 */
function preview(node, { text }) {
  const count = node.members.length;
  const size = node.kind === "object" ? `{${count}}` : `[${count}]`;
  const names = ["type", "id"].flatMap((key) => {
    const value = memberOf(node, key);
    return value?.kind === "string"
      ? [text.slice(value.start + 1, value.end - 1)]
      : [];
  });
  return h("span.preview", [size, ...names].join(" "));
}

/**
 * @param {JsonNode} node
 * @param {TreeOptions} options
 */
function leaf({ kind, start, end }, { text, isMasked }) {
  const token = text.slice(start, end);
  const masked = isMasked && MASKED.exec(token)?.[1];
  return masked
    ? h("span.chip", { title: "Masked" }, masked)
    : h("span", { class: kind }, token);
}
