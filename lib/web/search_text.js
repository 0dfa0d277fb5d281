// The text of the search box: names of events, or the id of an object. Pasting an id
// is enough.

// @ts-check

/** Ids have a prefix, event names do not: `inq_8kYQdT4ZVvp`. */
const ID = /^[a-z][a-z0-9]*_\w+$/i;
const EVENT_ID = /^evt_\w+$/;
const OBJECT = "object:";

/**
 * @typedef {object} Search
 * @property {string[]} names Globs.
 * @property {string} object An object's id, or empty.
 */

/**
 * Parses the text.
 *
 * @param {string} text Words; the prefix `object:` makes any word an id.
 * @returns {Search}
 */
export function readSearch(text) {
  /** @type {Search} */
  const search = { names: [], object: "" };
  for (const word of text.split(/[\s,]+/)) {
    if (word.startsWith(OBJECT)) search.object = word.slice(OBJECT.length);
    else if (ID.test(word)) search.object = word;
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
export function writeSearch({ names, object }) {
  const words = names.map((name) => /^\*([^*]+)\*$/.exec(name)?.[1] ?? name);
  if (object !== "") words.push(ID.test(object) ? object : OBJECT + object);
  return words.join(" ");
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
