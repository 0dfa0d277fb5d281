/**
 * Puts new things in the place of old ones without taking the focus away from who is
 * just there.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

const FOCUSABLE = "a, button, summary, [tabindex]";

/**
 * Replaces what an element holds. What had the focus gives it to what stands in its
 * place now.
 *
 * @param {HTMLElement} parent
 * @param {...Node} children
 */
export function keepFocus(parent, ...children) {
  const at = focusables(parent).findIndex((element) =>
    element === document.activeElement
  );
  parent.replaceChildren(...children);
  if (at !== -1) focusables(parent)[at]?.focus({ preventScroll: true });
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
