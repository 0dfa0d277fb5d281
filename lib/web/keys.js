import { h } from "./dom.js";

/**
 * @typedef {object} KeyActions
 * @property {() => void} filter
 * @property {(steps: number) => void} step
 * @property {() => void} close
 */

/** @type {[string[], string][]} */
const KEYS = [
  [["/"], "filter by name or object ID"],
  [["j", "↓"], "next event"],
  [["k", "↑"], "previous event"],
  [["Enter"], "open the event"],
  [["Esc"], "close"],
  [["?"], "show these shortcuts"],
];

const STEPS = ["j", "k", "ArrowDown", "ArrowUp"];

/**
 * Handles the keyboard shortcuts.
 *
 * @param {KeyActions} actions
 * @returns {() => void} Shows the shortcuts.
 */
export function listenToKeys(actions) {
  const help = helpDialog();
  document.body.append(help);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || hasModifier(event)) return;
    // A key that is held down moves through rows, but repeats nothing else.
    if (event.repeat && !STEPS.includes(event.key)) return;
    if (document.querySelector("dialog[open]")) return;
    const element = event.target instanceof HTMLElement ? event.target : null;
    const action = isField(element)
      ? fieldAction(event.key, element)
      : actionOf(event.key, element, {
        ...actions,
        help: () => help.showModal(),
      });
    if (!action) return;
    event.preventDefault();
    action();
  });
  return () => help.showModal();
}

/** @param {KeyboardEvent} event */
function hasModifier({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** @param {HTMLElement | null} element */
function isField(element) {
  return element?.matches("input, select, textarea") ?? false;
}

/**
 * @param {string} key
 * @param {HTMLElement | null} field
 */
function fieldAction(key, field) {
  return key === "Escape" ? () => field?.blur() : undefined;
}

/**
 * @param {string} key
 * @param {HTMLElement | null} element The one that has the focus.
 * @param {KeyActions & { help: () => void }} actions
 * @returns {(() => void) | undefined}
 */
function actionOf(key, element, { filter, step, close, help }) {
  switch (key) {
    case "/":
      return filter;
    case "j":
      return () => step(1);
    case "k":
      return () => step(-1);
    case "ArrowDown":
    case "ArrowUp": {
      // Elsewhere they scroll.
      const isInList = element === document.body || element?.closest(".list");
      return isInList ? () => step(key === "ArrowDown" ? 1 : -1) : undefined;
    }
    case "Escape":
      return close;
    case "?":
      return help;
  }
  return undefined;
}

function helpDialog() {
  return h(
    "dialog.dialog",
    { "aria-labelledby": "keys-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "keys-title" }, "Keyboard shortcuts"),
      h(
        "dl.keys",
        ...KEYS.map(([keys, text]) =>
          h("div", h("dt", ...keys.map((key) => h("kbd", key))), h("dd", text))
        ),
      ),
      h("div.actions", h("button", "Close")),
    ),
  );
}
