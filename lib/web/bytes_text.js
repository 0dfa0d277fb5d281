/**
 * Formats a length in bytes.
 *
 * @param {number} bytes
 * @returns {string} For example `1 byte`, `1,234 bytes`.
 */
export function bytesText(bytes) {
  return `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}`;
}
