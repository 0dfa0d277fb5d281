import { copyText } from "./copy_text.js";
import { h } from "./dom.js";
import { jsonTree } from "./json_tree.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { ParsedEvent } from "./read_event.js" */

/**
 * Shows an envelope.
 *
 * @param {ParsedEvent} event
 * @param {object} options
 * @param {((isRevealed: boolean) => void) | null} options.onReveal Called to switch
 * between masked and revealed; null if the inbox reveals everything.
 * @param {() => void} options.onTokens Called to reveal the access tokens in URLs, too.
 * @param {readonly HTMLElement[]} options.actions More buttons.
 * @param {Announcer} options.announce
 */
export function envelope({ detail, text, body }, options) {
  const { onReveal, onTokens, actions, announce } = options;
  const { isRevealed, areTokensMasked } = detail;
  const container = h("div.tree-box");
  /** @param {boolean} isExpanded */
  const draw = (isExpanded) => {
    const options = { text, isMasked: !isRevealed, isExpanded };
    container.replaceChildren(jsonTree(body, options));
  };
  draw(false);
  const copy = () => {
    const isWhole = isRevealed && !areTokensMasked;
    const message = `Copied the JSON ${isWhole ? "as received" : "masked"}`;
    copyText(text.slice(body.start, body.end), { announce, message });
  };
  return h(
    "section.envelope",
    h(
      "div.section-head",
      h("h3", "Envelope"),
      h(
        "span",
        { class: `tag ${isRevealed ? "is-revealed" : "is-masked"}` },
        isRevealed ? "revealed" : "masked",
      ),
      h("span.grow"),
      onReveal &&
        button(isRevealed ? "Mask" : "Reveal", () => onReveal(!isRevealed)),
      areTokensMasked && button("Reveal tokens", onTokens),
      button("Expand all", () => draw(true)),
      button("Copy JSON", copy),
      ...actions,
    ),
    container,
  );
}

/**
 * @param {string} text
 * @param {() => void} onclick
 */
function button(text, onclick) {
  return h("button.small", { onclick }, text);
}
