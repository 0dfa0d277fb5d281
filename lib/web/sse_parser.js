// A parser of server-sent events: `EventSource` cannot send the token.

/**
 * @typedef {object} ServerEvent
 * @property {string} type `message` by default.
 * @property {string} data
 * @property {string} lastEventId The last id sent, perhaps before this event.
 */

/** Reads one stream. */
export class SseParser {
  #rest = "";
  #type = "";
  /** @type {string[]} */
  #data = [];
  #lastEventId = "";

  /**
   * Parses a chunk of the stream.
   *
   * @param {string} text May end anywhere.
   * @returns {ServerEvent[]} The events that it completes.
   */
  push(text) {
    const all = this.#rest + text;
    // A line break of two characters may be cut in two.
    const end = all.endsWith("\r") ? all.length - 1 : all.length;
    const lines = all.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + all.slice(end);
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  /**
   * @param {string} line
   * @returns {ServerEvent | undefined} The event that an empty line ends.
   */
  #take(line) {
    if (line === "") return this.#end();
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ??
      [];
    if (field === "event") this.#type = value;
    if (field === "data") this.#data.push(value);
    if (field === "id" && !value.includes("\0")) this.#lastEventId = value;
    return undefined;
  }

  /** @returns {ServerEvent | undefined} */
  #end() {
    const [type, data] = [this.#type || "message", this.#data];
    this.#type = "";
    this.#data = [];
    if (data.length === 0) return undefined;
    return { type, data: data.join("\n"), lastEventId: this.#lastEventId };
  }
}
