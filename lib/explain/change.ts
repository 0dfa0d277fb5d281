/**
 * What was signed may differ from what is at hand: the ways are tables of changes,
 * each with what it means when the signature fits after it.
 *
 * @module
 */

import type { FindingCode } from "./finding.ts";

/** What a fit after a change tells. */
export interface Difference {
  readonly code: FindingCode;
  /** Completes "The signature". */
  readonly words: string;
}

/** A change. */
export interface Change<From, To = From> extends Difference {
  /** Makes the change; null when there is nothing to be changed in that way. */
  readonly apply: (value: From) => To | null;
}

/** Something as it is at hand, or changed. */
export interface Variant<Value> {
  readonly value: Value;
  /** Null when it is as it is at hand. */
  readonly difference: Difference | null;
}

/**
 * Makes each change that can be made.
 *
 * @param value What is changed.
 * @param changes The changes.
 * @returns A variant for each, made when it is asked for.
 */
export function* changed<From, To>(
  value: From,
  changes: readonly Change<From, To>[],
): Generator<Variant<To>> {
  for (const { apply, ...difference } of changes) {
    const result = apply(value);
    if (result !== null) yield { value: result, difference };
  }
}
