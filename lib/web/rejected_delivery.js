import { age, instantText } from "./ages.js";
import { fetchJson } from "./api.js";
import { bytesText } from "./bytes_text.js";
import { h } from "./dom.js";
import { headerShape, skewText } from "./header_shape.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { ApiResult } from "./api.js" */
/** @import { Rejected, RejectedDetail } from "../views/api_types.ts" */

/** A rejected delivery, explained once it is opened. */
export class RejectedDelivery {
  rejected;
  #announce;
  #isOpened = false;
  #content = h("div.content", { "aria-live": "polite" });
  element;

  /**
   * @param {Rejected} rejected
   * @param {Announcer} announce
   */
  constructor(rejected, announce) {
    this.rejected = rejected;
    this.#announce = announce;
    const { at, address, bodyBytes, signature } = rejected;
    this.element = h(
      "li",
      h(
        "details",
        { ontoggle: (event) => this.#toggle(event) },
        h(
          "summary",
          h("span.instant", instantText(at)),
          h("span.note", " ", age(at), address && `, from ${address}`),
          h(
            "span.shape",
            [
              headerShape(signature),
              skewText(rejected),
              typeof bodyBytes === "number" && bytesText(bodyBytes),
            ].filter(Boolean).join("; "),
          ),
        ),
        this.#content,
      ),
    );
  }

  /** The id of its request. */
  get id() {
    return this.rejected.requestId;
  }

  /** @param {Event} event */
  #toggle({ target }) {
    if (!(target instanceof HTMLDetailsElement) || !target.open) return;
    if (!this.#isOpened) this.#load(false);
    this.#isOpened = true;
  }

  /** @param {boolean} isRevealed */
  async #load(isRevealed) {
    const query = isRevealed ? "?reveal=1" : "";
    /** @type {ApiResult<RejectedDetail>} */
    const answer = await fetchJson(`/api/rejected/${this.id}${query}`);
    if (answer.ok) {
      this.#show(answer.value);
      if (isRevealed) this.#announce("Revealed; this was recorded");
    } else if (isRevealed) this.#announce(answer.message, true);
    else {
      this.#isOpened = false;
      this.#content.replaceChildren(h("p.failure", answer.message));
    }
  }

  /** @param {RejectedDetail} detail */
  #show({ explanation, isKept, isRevealed, header, body }) {
    const findings = explanation?.findings ?? [];
    this.#content.replaceChildren(
      h("p.note", "Request ", h("code", this.id)),
      h(
        "ul.findings",
        ...findings.map(({ isFault, sentence, hint }) =>
          h(
            "li",
            { class: isFault ? "is-fault" : "" },
            h("strong", sentence),
            ` ${hint}`,
          )
        ),
      ),
      ...(isKept
        ? this.#kept({ isRevealed, header, body })
        : [h("p.note", "Its content was dropped to make room for later ones")]),
    );
  }

  /** @param {Pick<RejectedDetail, "isRevealed" | "header" | "body">} content */
  #kept({ isRevealed, header, body }) {
    const tag = isRevealed ? "revealed" : "masked";
    const action = isRevealed ? "Mask" : "Reveal";
    return [
      h(
        "div.section-head",
        h("h3", "Body"),
        h("span", { class: `tag is-${tag}` }, tag),
        h("span.grow"),
        (body !== null || this.rejected.signature.isPresent) &&
          h("button.small", {
            onclick: () => this.#load(!isRevealed),
          }, action),
      ),
      header !== null && h("pre", { tabindex: 0 }, header),
      body === null
        ? h("p.note", "It was not read")
        : h("pre", { tabindex: 0 }, body),
    ].filter((part) => part !== false);
  }
}
