// A JSON parser that keeps the source text. `JSON.parse()` would change
// 12345678901234567890 and `1.0`, and drop all but one of members of the same name.

/**
 * A value and its position in the text.
 *
 * @typedef {object} JsonNode
 * @property {"object" | "array" | "string" | "number" | "word"} kind
 * @property {number} start
 * @property {number} end
 * @property {JsonMember[]} members Of an object or an array.
 */

/**
 * @typedef {object} JsonMember
 * @property {string | null} key The raw text, with quotes; null in an array.
 * @property {JsonNode} node
 */

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/**
 * Parses JSON, however deeply nested.
 *
 * @param {string} text
 * @returns {JsonNode}
 * @throws {SyntaxError} If the text is not JSON.
 */
export function parseJsonNodes(text) {
  const scanner = new Scanner(text);
  /** @type {JsonNode[]} */
  const open = [];
  for (;;) {
    const parent = open.at(-1);
    const key = parent?.kind === "object" ? scanner.key() : null;
    const node = scanner.value();
    parent?.members.push({ key, node });
    if (isContainer(node) && !scanner.close(node)) {
      open.push(node);
      continue;
    }
    for (;;) { // Close the containers that this value completes.
      const inner = open.at(-1);
      if (!inner) return scanner.end(node);
      if (scanner.take(",")) break;
      if (!scanner.close(inner)) throw scanner.fault();
      open.pop();
      if (open.length === 0) return scanner.end(inner);
    }
  }
}

/**
 * Finds the value of a member of an object.
 *
 * @param {JsonNode} node
 * @param {string} key A name without escapes.
 * @returns {JsonNode | undefined}
 */
export function memberOf(node, key) {
  return node.members.find((member) => member.key === `"${key}"`)?.node;
}

/**
 * Returns whether a value is an object or an array.
 *
 * @param {JsonNode} node
 */
export function isContainer({ kind }) {
  return kind === "object" || kind === "array";
}

class Scanner {
  #text;
  #offset = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /** A scalar, or the start of an object or array. */
  value() {
    const start = this.#skipSpace();
    const kind = this.#kind();
    if (!kind) throw this.fault();
    return { kind, start, end: this.#offset, members: [] };
  }

  /** The name of a member and the colon after it. */
  key() {
    const start = this.#skipSpace();
    if (!this.#match(STRING)) throw this.fault();
    const key = this.#text.slice(start, this.#offset);
    if (!this.take(":")) throw this.fault();
    return key;
  }

  /** @param {string} character */
  take(character) {
    if (this.#text[this.#skipSpace()] !== character) return false;
    this.#offset++;
    return true;
  }

  /** @param {JsonNode} node */
  close(node) {
    if (!this.take(node.kind === "object" ? "}" : "]")) return false;
    node.end = this.#offset;
    return true;
  }

  /** @param {JsonNode} root */
  end(root) {
    if (this.#skipSpace() !== this.#text.length) throw this.fault();
    return root;
  }

  fault() {
    return new SyntaxError(`Not JSON at character ${this.#offset}`);
  }

  /** @returns {JsonNode["kind"] | undefined} */
  #kind() {
    if (this.take("{")) return "object";
    if (this.take("[")) return "array";
    if (this.#match(STRING)) return "string";
    if (this.#match(NUMBER)) return "number";
    return this.#match(WORD) ? "word" : undefined;
  }

  #skipSpace() {
    this.#match(SPACE);
    return this.#offset;
  }

  /** @param {RegExp} pattern */
  #match(pattern) {
    pattern.lastIndex = this.#offset;
    if (!pattern.test(this.#text)) return false;
    this.#offset = pattern.lastIndex;
    return true;
  }
}
