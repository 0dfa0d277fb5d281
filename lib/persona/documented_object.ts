/** Facts about an attribute or a relationship; text alone is its type. */
export type DocumentedMember = string | {
  /** The types of its value, joined by `|`. */
  readonly type: string;
  /** The documented values of a text, or the types that are pointed to. */
  readonly values?: readonly string[];
  /** The first API version that has it; all unless said. */
  readonly since?: string;
  /** The last API version that has it; the newest unless said. */
  readonly until?: string;
};

/** The attributes and relationships of an object, by name in kebab case. */
export interface DocumentedObject {
  /** The attributes. */
  readonly attributes: { readonly [name: string]: DocumentedMember };
  /** The relationships. */
  readonly relationships: { readonly [name: string]: DocumentedMember };
}
