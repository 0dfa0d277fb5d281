// Texts in the place of a secret that cannot be one, such as a placeholder, and those
// that are unlikely to be. A message never repeats the text.

/** Shorter ones can be guessed. */
const LENGTH_MIN = 8;

const PERSONAS = /^wbhsec_[\w-]+$/;
const API_KEY = /^persona_(?:sandbox|production)?/;
const QUOTES = /["'`“”‘’]/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zs}\u115f\u1160\u2800\u3164\ufe00-\ufe0f]/u;

/** Patterns of what cannot be a secret, each with what it is instead. */
const IMPOSSIBLE: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^["'`“”‘’]+$/, "it is a pair of quotes around nothing"],
  [/…|\.\.\./, "it is a placeholder"],
  [
    /^[$%]?[{(]*[$%]?\w*[})]*%?$(?<=^[$%{].*)/,
    "it is the name of a variable that was not filled in",
  ],
  [/^[<[].*[>\]]$/, "it is a placeholder"],
  [
    /^(?:undefined|null|none|nil|nan|true|false|\[object \w+\])$/i,
    "it is what programs print for a missing value",
  ],
  [
    /change.?(?:me|this|it)|replace.?(?:me|this|with)|placeholder|(?:^|[-_])(?:your|example|todo)(?:$|[-_])|[-_]here$/i,
    "it is a placeholder",
  ],
  [
    /^(?:wbhsec_)?(.)\1*$|^wbhsec_?$|^(?:wbhsec_)?(?:(?:webhook|admin|super|top)[-_]?)?(?:secret|token|password|passw0rd|test|dummy|abcdefgh|12345678)\d{0,4}$/i,
    "it is a placeholder",
  ],
];

/**
 * Explains why a text cannot be a secret.
 *
 * @param text The text, white space around it aside.
 * @returns The end of a sentence; undefined when it may be one.
 */
export function impossibleSecret(text: string): string | undefined {
  const bare = text.replace(/^(["'`])(.*)\1$/, "$2");
  for (const [pattern, what] of IMPOSSIBLE) {
    if (pattern.test(text) || pattern.test(bare)) return what;
  }
  return bare.length < LENGTH_MIN
    ? `it has fewer than ${LENGTH_MIN} characters`
    : undefined;
}

/**
 * Explains why a text is unlikely to be the secret that the other side has.
 *
 * @returns The likely mistake and the remedy; undefined if it looks right.
 */
export function oddSecret(
  text: string,
): { what: string; hint: string } | undefined {
  if (QUOTES.test(text.at(0) ?? "") || QUOTES.test(text.at(-1) ?? "")) {
    return {
      what: "has a quote at its end",
      hint: "Remove the quotes: they count as part of it",
    };
  }
  return INVISIBLE.test(text)
    ? {
      what: "has an invisible character in it",
      hint: "Copy it again, or type it: that character counts as part of it",
    }
    : undefined;
}

/**
 * The same for a webhook's secret, which Persona makes.
 *
 * @returns The likely mistake and the remedy; undefined if it looks like Persona's.
 */
export function oddWebhookSecret(
  text: string,
): { what: string; hint: string } | undefined {
  const odd = oddSecret(text);
  if (odd || PERSONAS.test(text)) return odd;
  return {
    what: API_KEY.test(text)
      ? "is an API key, which signs no delivery"
      : "does not look like Persona's wbhsec_…",
    hint:
      "Copy the webhook secret from the webhook's page in Persona's dashboard",
  };
}
