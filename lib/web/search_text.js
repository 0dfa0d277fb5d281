/**
 * One box for both: the name of an event and the id of an object. An id is what
 * developers have at hand, so that pasting one must do.
 *
 * @module
 */

// @ts-check

/** Ids have a prefix, names of events have none: `inq_8kYQdT4ZVvp`. */
const ID = /^[a-z][a-z0-9]*_\w+$/i;
const EVENT_ID = /^evt_\w+$/;
const OBJECT = "object:";

/**
 * @typedef {object} Search
 * @property {string[]} names Globs.
 * @property {string} object An object's id, or empty.
 */

/**
 * Reads what somebody typed.
 *
 * @param {string} text Words; `object:` before one makes it an id whatever it is like.
 * @returns {Search}
 */
export function readSearch(text) {
  /** @type {Search} */
  const search = { names: [], object: "" };
  for (const word of text.split(/[\s,]+/)) {
    if (word.startsWith(OBJECT)) search.object = word.slice(OBJECT.length);
    else if (ID.test(word)) search.object = word;
    // A name without an asterisk may stand anywhere in the whole one.
    else if (word !== "") {
      search.names.push(word.includes("*") ? word : `*${word}*`);
    }
  }
  return search;
}

/**
 * Writes what somebody would have typed.
 *
 * @param {Search} search
 * @returns {string}
 */
export function writeSearch({ names, object }) {
  const words = names.map((name) => /^\*([^*]+)\*$/.exec(name)?.[1] ?? name);
  if (object !== "") words.push(ID.test(object) ? object : OBJECT + object);
  return words.join(" ");
}

/**
 * Finds the id of an event in what somebody typed.
 *
 * @param {string} text
 * @returns {string | undefined} The id, if there is nothing else.
 */
export function eventIdOf(text) {
  return EVENT_ID.exec(text.trim())?.[0];
}
