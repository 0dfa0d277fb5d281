// The bearer tokens of the local listener.

/** The permissions of a token; each role includes those before it. */
export const ADMIN_ROLES = ["read", "operate", "reveal"] as const;

/** `read`: all but payloads; `operate`: replays and the like; `reveal`: payloads. */
export type AdminRole = typeof ADMIN_ROLES[number];

/** A bearer token, and who has it. */
export interface AdminToken {
  /** The name in the log and in the audit trail. */
  readonly name: string;
  readonly role: AdminRole;
  readonly token: string;
}

/** The name of a token that was given none. */
const UNNAMED = "admin";

/** Whoever writes this means several, so that a mistake in it is no token. */
const NAMED = /,|^[^:]*:[^:]*:/;
const ENTRY = /^([\w.-]{1,64}):([a-z]+):([!-+.-~\-]+)$/;

/** Completes "must be". */
export const ADMIN_TOKENS_KIND =
  "one token of visible ASCII without spaces, or several as name:role:token, separated by commas, each with a name and a token of its own and one of the roles read, operate and reveal";

/**
 * Parses tokens.
 *
 * @param text One token, which permits all, or several as `name:role:token`.
 * @returns The tokens; undefined if the text is invalid.
 */
export function parseAdminTokens(
  text: string,
): readonly AdminToken[] | undefined {
  if (!/^[!-~]+(?:, *[!-~]+)*$/.test(text)) return undefined;
  if (!NAMED.test(text)) {
    return [{ name: UNNAMED, role: "reveal", token: text }];
  }
  const tokens: AdminToken[] = [];
  for (const entry of text.split(/, */)) {
    const [, name, role, token] = ENTRY.exec(entry) ?? [];
    const known = ADMIN_ROLES.find((known) => known === role);
    if (!name || !known || !token) return undefined;
    tokens.push({ name, role: known, token });
  }
  const isUnique = (values: string[]) => new Set(values).size === values.length;
  return isUnique(tokens.map(({ name }) => name)) &&
      isUnique(tokens.map(({ token }) => token))
    ? tokens
    : undefined;
}

/** Returns whether a role permits what needs another. */
export function permits(role: AdminRole, needed: AdminRole): boolean {
  return ADMIN_ROLES.indexOf(role) >= ADMIN_ROLES.indexOf(needed);
}

/**
 * Returns the token that a command presents to a server: the one that permits the most.
 *
 * @returns The token; null if there are none.
 */
export function strongestToken(tokens: readonly AdminToken[]): string | null {
  const [strongest] = tokens.toSorted((a, b) =>
    ADMIN_ROLES.indexOf(b.role) - ADMIN_ROLES.indexOf(a.role)
  );
  return strongest?.token ?? null;
}
