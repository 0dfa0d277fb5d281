// The password of a PostgreSQL store, found where psql finds it.

import { type PostgresUrl, withPassword } from "../store/postgres_url.ts";
import type { FoundText, SettingWarning } from "./settings.ts";

/** The sources of a password. */
export interface PasswordSources {
  /** Finds a variable, or what is in the file that `NAME_FILE` names. */
  readonly findSecret: (name: string) => FoundText | undefined;
  /** Finds a variable. */
  readonly find: (name: string) => FoundText | undefined;
  /** Throws when the file cannot be read. */
  readonly readTextFile: (path: string) => string;
  readonly onFault: (fault: string) => void;
}

/**
 * Adds the password to a URL without one: that of `PGPASSWORD`, else the one in the
 * file that `PGPASSFILE` names, or in `~/.pgpass`.
 */
export function addPassword(
  url: string,
  place: PostgresUrl,
  sources: PasswordSources,
): string {
  if (place.password !== null) return url;
  const password = sources.findSecret("PGPASSWORD")?.text ??
    passwordInFile(place, sources);
  return password === undefined ? url : withPassword(url, password);
}

/** Warns of a password in the URL of a flag. */
export function passwordWarning(
  flag: string,
  url: string | undefined,
): SettingWarning | undefined {
  if (!/\/\/[^/\s]*:[^/\s]*@/.test(url ?? "")) return undefined;
  return {
    summary:
      `the password in --${flag} is visible to other users of this machine, as in ps`,
    hint: "Set PGPASSWORD or PGPASSFILE, or INBOX_STORE",
  };
}

function passwordInFile(
  place: PostgresUrl,
  { find, readTextFile, onFault }: PasswordSources,
): string | undefined {
  const named = find("PGPASSFILE");
  const home = find("HOME")?.text;
  const path = named?.text ?? (home === undefined ? null : `${home}/.pgpass`);
  if (path === null) return undefined;
  let text: string;
  try {
    text = readTextFile(path);
  } catch {
    // It may be the password itself, by mistake.
    if (named) {
      onFault(
        `Cannot read the file that ${named.place} names: it must be one with lines host:port:database:user:password`,
      );
    }
    return undefined; // The one in the home need not be there.
  }
  const { host, port, database, user } = place;
  const wanted = [host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = fieldsOf(line);
    const password = fields[4];
    const isMatch = wanted.every((value, i) =>
      fields[i] === "*" || fields[i] === value
    );
    if (isMatch && password !== undefined) return password;
  }
  return undefined;
}

/** Divided by colons; a backslash takes what follows as it is. */
function fieldsOf(line: string): string[] {
  const [...fields] = line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/g);
  return fields.map(([, field = ""]) => field.replace(/\\(.)/g, "$1"));
}
