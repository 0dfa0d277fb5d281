// The text of the search box: names of events, the id of an object, or a reference id.
// Pasting the id of an object is enough.

/** Ids have a prefix, event names do not: `inq_8kYQdT4ZVvp`. */
const ID = /^[a-z][a-z0-9]*_\w+$/i;
const EVENT_ID = /^evt_\w+$/;
const OBJECT = "object:";
const REFERENCE = "ref:";

/**
 * @typedef {object} Search
 * @property {string[]} names Globs.
 * @property {string} object An object's id, or empty.
 * @property {string} reference A reference id, or empty.
 */

/**
 * Parses the text.
 *
 * @param {string} text Words; the prefixes `object:` and `ref:` make any word an id.
 * @returns {Search}
 */
export function readSearch(text) {
  /** @type {Search} */
  const search = { names: [], object: "", reference: "" };
  for (const word of text.split(/[\s,]+/)) {
    if (word.startsWith(OBJECT)) search.object = word.slice(OBJECT.length);
    else if (word.startsWith(REFERENCE)) {
      search.reference = decode(word.slice(REFERENCE.length));
    } else if (ID.test(word)) search.object = word;
    // A word without an asterisk may be anywhere in the name.
    else if (word !== "") {
      search.names.push(word.includes("*") ? word : `*${word}*`);
    }
  }
  return search;
}

/**
 * Formats a search as the text that gives it.
 *
 * @param {Search} search
 */
export function writeSearch({ names, object, reference }) {
  const words = names.map((name) => /^\*([^*]+)\*$/.exec(name)?.[1] ?? name);
  if (object !== "") words.push(ID.test(object) ? object : OBJECT + object);
  if (reference !== "") {
    words.push(REFERENCE + reference.replace(/[\s,%]/g, encodeURIComponent));
  }
  return words.join(" ");
}

/**
 * Decodes a reference id: a blank in it is written `%20`.
 *
 * @param {string} text
 */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Returns the event id in the text.
 *
 * @param {string} text
 * @returns {string | undefined} Undefined if there is anything else.
 */
export function eventIdOf(text) {
  return EVENT_ID.exec(text.trim())?.[0];
}
