/**
 * JSON as it was written. `JSON.parse()` would turn 12345678901234567890 into another
 * number, `1.0` into 1, and lose all but one of two members of the same name.
 *
 * @module
 */

// @ts-check

/**
 * A value and where it stands in the text.
 *
 * @typedef {object} JsonNode
 * @property {"object" | "array" | "string" | "number" | "word"} kind
 * @property {number} start
 * @property {number} end
 * @property {JsonMember[]} members Of an object or an array.
 */

/**
 * @typedef {object} JsonMember
 * @property {string | null} key As it is written, with its quotes; null in an array.
 * @property {JsonNode} node
 */

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/**
 * Reads JSON, however deeply nested.
 *
 * @param {string} text The text.
 * @returns {JsonNode} The value.
 * @throws {SyntaxError} If it is no JSON.
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
    for (;;) { // What this value completes, up to the next value.
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
 * @param {JsonNode} node Any value.
 * @param {string} key A name that needs no escapes.
 * @returns {JsonNode | undefined} The value.
 */
export function memberOf(node, key) {
  return node.members.find((member) => member.key === `"${key}"`)?.node;
}

/**
 * Tells whether a value is an object or an array.
 *
 * @param {JsonNode} node Any value.
 * @returns {boolean}
 */
export function isContainer({ kind }) {
  return kind === "object" || kind === "array";
}

class Scanner {
  #text;
  #at = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /** A value; of an object or an array no more than its beginning. */
  value() {
    const start = this.#skipSpace();
    const kind = this.#kind();
    if (!kind) throw this.fault();
    return { kind, start, end: this.#at, members: [] };
  }

  /** The name of a member, and its colon. */
  key() {
    const start = this.#skipSpace();
    if (!this.#match(STRING)) throw this.fault();
    const key = this.#text.slice(start, this.#at);
    if (!this.take(":")) throw this.fault();
    return key;
  }

  /** @param {string} character */
  take(character) {
    if (this.#text[this.#skipSpace()] !== character) return false;
    this.#at++;
    return true;
  }

  /** @param {JsonNode} node */
  close(node) {
    if (!this.take(node.kind === "object" ? "}" : "]")) return false;
    node.end = this.#at;
    return true;
  }

  /** @param {JsonNode} root */
  end(root) {
    if (this.#skipSpace() !== this.#text.length) throw this.fault();
    return root;
  }

  fault() {
    return new SyntaxError(`Not JSON at character ${this.#at}`);
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
    return this.#at;
  }

  /** @param {RegExp} pattern */
  #match(pattern) {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
