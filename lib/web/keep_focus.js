// Replacement of content without losing the focus.

/// <reference lib="dom" />

const FOCUSABLE = "a, button, summary, [tabindex]";

/**
 * Replaces the children of an element. The focus moves from the old element to the new
 * one at the same position.
 *
 * @param {HTMLElement} parent
 * @param {...Node} children
 */
export function keepFocus(parent, ...children) {
  const index = focusables(parent).findIndex((element) =>
    element === document.activeElement
  );
  parent.replaceChildren(...children);
  if (index !== -1) focusables(parent)[index]?.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} parent
 * @returns {HTMLElement[]}
 */
function focusables(parent) {
  return [...parent.querySelectorAll(FOCUSABLE)].filter((element) =>
    element instanceof HTMLElement
  );
}
