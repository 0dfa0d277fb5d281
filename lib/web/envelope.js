/**
 * What Persona sent, masked until somebody asks for more.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { copyText } from "./copy_text.js";
import { h } from "./dom.js";
import { jsonTree } from "./json_tree.js";

/** @import { Announce } from "./announcer.js" */
/** @import { ReadEvent } from "./read_event.js" */

/**
 * Shows an envelope.
 *
 * @param {ReadEvent} event
 * @param {object} options
 * @param {((isRevealed: boolean) => void) | null} options.onReveal Asked for the other
 * view; null when there is none, as the inbox reveals everything.
 * @param {Announce} options.announce
 * @returns {HTMLElement}
 */
export function envelope({ detail, text, body }, { onReveal, announce }) {
  const { isRevealed } = detail;
  const place = h("div", { class: "tree-place" });
  /** @param {boolean} isUnfolded */
  const draw = (isUnfolded) => {
    const options = { text, isMasked: !isRevealed, isUnfolded };
    place.replaceChildren(jsonTree(body, options));
  };
  draw(false);
  const copy = async () => {
    const isCopied = await copyText(text.slice(body.start, body.end));
    if (!isCopied) return announce("The browser denies the clipboard", true);
    announce(isRevealed ? "Copied the JSON as received" : "Copied masked JSON");
  };
  return h(
    "section",
    { class: "envelope" },
    h(
      "div",
      { class: "section-head" },
      h("h3", {}, "Envelope"),
      h(
        "span",
        { class: `tag ${isRevealed ? "is-revealed" : "is-masked"}` },
        isRevealed ? "revealed" : "masked",
      ),
      h("span", { class: "grow" }),
      onReveal &&
        button(isRevealed ? "Mask" : "Reveal", () => onReveal(!isRevealed)),
      button("Unfold all", () => draw(true)),
      button("Copy JSON", copy),
    ),
    place,
  );
}

/**
 * @param {string} text
 * @param {() => void} onclick
 */
function button(text, onclick) {
  return h("button", { type: "button", class: "small", onclick }, text);
}
