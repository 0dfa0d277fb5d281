/**
 * Brings what npm's `dotenv` parsed closer to `@std/dotenv/parse`: only
 * `KEY=` assignments with valid keys count, and `$NAME`, `${NAME}` and
 * `${NAME:-default}` are expanded in unquoted values. What still differs is
 * listed in `.ci/DEVELOPERS.md`.
 *
 * @module
 */

const VALID_KEY = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const REFERENCE =
  /\$\{(?<braced>.+?)(?::-(?<bracedDefault>.+))?\}|(?<!\\)\$(?<bare>\w+)(?::-(?<bareDefault>.+))?/g;

/** References to references to references: enough, and a cycle ends. */
const EXPANSIONS_MAX = 10;

/**
 * Keeps, drops and expands the parsed values as `@std/dotenv` does.
 *
 * @param text The text of the `.env` file.
 * @param parsed The same text, parsed by npm's `dotenv`.
 * @returns The variables, in an object without a prototype.
 */
export function likeStd(
  text: string,
  parsed: Record<string, string>,
): Record<string, string> {
  const env: Record<string, string> = Object.create(null);
  const unquoted: string[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    const quote = openingQuote(text, key);
    if (quote === undefined) continue; // `KEY: value`, which only npm's reads
    if (!VALID_KEY.test(key)) {
      // deno-lint-ignore no-console -- the original warns in these words
      console.warn(
        `Ignored the key "${key}" as it is not a valid identifier: The key need to match the pattern ${VALID_KEY}.`,
      );
      continue;
    }
    env[key] = value;
    if (quote === "") unquoted.push(key);
  }
  const variables = { ...env };
  for (const key of unquoted) env[key] = expand(env[key] ?? "", variables);
  return env;
}

/** The quote after the last `KEY=`, "" if none; undefined without a `KEY=`. */
function openingQuote(text: string, key: string): string | undefined {
  const name = key.replace(/[.-]/g, "\\$&");
  const assignment = new RegExp(
    `^\\s*(?:export\\s+)?${name}\\s*=[ \\t]*(['"\`]?)`,
    "gm",
  );
  return [...text.matchAll(assignment)].at(-1)?.[1];
}

function expand(value: string, variables: Record<string, string>): string {
  for (let i = 0; i < EXPANSIONS_MAX; i++) {
    const expanded = value.replace(REFERENCE, (...match) => {
      const { braced, bracedDefault, bare, bareDefault } = match.at(-1);
      const name = braced ?? bare;
      return variables[name] ?? Deno.env.get(name) ??
        bracedDefault ?? bareDefault;
    });
    if (expanded === value) break;
    value = expanded;
  }
  return value;
}
