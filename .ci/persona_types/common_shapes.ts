/**
 * The shapes that several objects have in common.
 *
 * @module
 */

import type { Shape, Shapes } from "../persona_facts/shape.ts";
import { writeAttributes } from "./write_shape.ts";

/** Those that all have, of the same type in TypeScript. */
export function commonOf(all: readonly Shapes[]): Shapes {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([key, shape]) =>
      others.every((other) => isSame(key, other[key], shape))
    ),
  );
}

/** Those that are not among the shared ones. */
export function without(shapes: Shapes, shared: Shapes = {}): Shapes {
  return Object.fromEntries(
    Object.entries(shapes).filter(([key]) => !(key in shared)),
  );
}

function isSame(key: string, one: Shape | undefined, other: Shape): boolean {
  return one !== undefined &&
    writeAttributes({ [key]: one }) === writeAttributes({ [key]: other }) &&
    JSON.stringify(one.values) === JSON.stringify(other.values);
}
