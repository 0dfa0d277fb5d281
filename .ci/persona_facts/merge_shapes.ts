/**
 * One shape made of those of all API versions.
 *
 * @module
 */

import { unite } from "./read_shape.ts";
import type { Shape } from "./shape.ts";

/** A shape in one API version. */
export interface VersionShape {
  readonly version: string;
  readonly shape: Shape;
}

/**
 * Merges the shapes that a value has in API versions, oldest first. A property
 * that not all of them have is marked with the first and the last one.
 *
 * @param versions The shapes by version.
 * @param path Names the value in errors.
 * @returns The merged shape.
 * @throws {Error} If versions have a property, lack it and have it again.
 */
export function mergeShapes(
  versions: readonly VersionShape[],
  path: string,
): Shape {
  const { properties: _, items: __, ...whole } = unite(
    versions.map(({ shape }) => shape),
  );
  const items = versions.flatMap(({ version, shape }) =>
    shape.items ? [{ version, shape: shape.items }] : []
  );
  const keys = new Set(
    versions.flatMap(({ shape }) => Object.keys(shape.properties ?? {})),
  );
  return {
    ...whole,
    ...(items.length > 0 && { items: mergeShapes(items, `${path}[]`) }),
    ...(keys.size > 0 && {
      properties: Object.fromEntries(
        [...keys].sort().map((
          key,
        ) => [key, mergeProperty(versions, key, `${path}.${key}`)]),
      ),
    }),
  };
}

function mergeProperty(
  versions: readonly VersionShape[],
  key: string,
  path: string,
): Shape {
  const having = versions.flatMap(({ version, shape }) => {
    const property = shape.properties?.[key];
    return property ? [{ version, shape: property }] : [];
  });
  const all = versions.map(({ version }) => version);
  const since = having[0]?.version;
  const until = having.at(-1)?.version;
  const from = all.indexOf(since ?? "");
  if (all[from + having.length - 1] !== until) {
    throw new Error(`${path} comes and goes: no range of versions has it`);
  }
  return {
    ...mergeShapes(having, path),
    ...(since !== undefined && since !== all[0] && { since }),
    ...(until !== undefined && until !== all.at(-1) && { until }),
  };
}
