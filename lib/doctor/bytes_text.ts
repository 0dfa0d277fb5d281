const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/**
 * Writes an amount of bytes.
 *
 * @returns Such as `1.5 GiB`.
 */
export function bytesText(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1_024 && unit < UNITS.length - 1) {
    amount /= 1_024;
    unit++;
  }
  const digits = unit === 0 || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}
