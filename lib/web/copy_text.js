/**
 * Puts a text on the clipboard.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";

/**
 * Copies a text.
 *
 * @param {string} text
 * @returns {Promise<boolean>} Whether it is on the clipboard now.
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/**
 * Without TLS there is a clipboard on loopback only.
 *
 * @param {string} text
 */
function copyBySelection(text) {
  const area = h("textarea", { readonly: true, class: "hidden" });
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
