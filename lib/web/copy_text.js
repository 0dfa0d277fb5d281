import { h } from "./dom.js";

/** @import { Announcer } from "./announcer.js" */

/**
 * Copies a text and announces the result.
 *
 * @param {string} text
 * @param {{ announce: Announcer, message?: string }} options `message` announces success.
 */
export async function copyText(text, { announce, message = "Copied" }) {
  const isCopied = await writeClipboard(text);
  const failure = "The browser denied access to the clipboard";
  announce(isCopied ? message : failure, !isCopied);
}

/** @param {string} text */
async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/**
 * Copies without the clipboard API, which needs TLS or loopback.
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
