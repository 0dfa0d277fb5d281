// The checksum of a write-ahead log and of its index
// (https://sqlite.org/walformat.html#checksum_algorithm).

/** Two unsigned 32-bit numbers; each checksum continues another one. */
export type LogChecksum = readonly [number, number];

/** Bytes to add to a checksum. */
export interface ChecksumRange {
  /** Where they begin. */
  readonly from: number;
  /** Where they end: a multiple of 8 bytes further on. */
  readonly to: number;
  /** The byte order of the numbers that are added. */
  readonly isLittleEndian: boolean;
}

/**
 * Continues a checksum over more bytes.
 *
 * @param view What has the bytes.
 */
export function continueChecksum(
  sums: LogChecksum,
  view: DataView,
  { from, to, isLittleEndian }: ChecksumRange,
): LogChecksum {
  let [first, second] = sums;
  for (let at = from; at < to; at += 8) {
    first = (first + view.getUint32(at, isLittleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, isLittleEndian) + first) >>> 0;
  }
  return [first, second];
}
