// A scanner over the bytes of JSON text that builds no values. It accepts exactly
// what `JSON.parse` accepts, at a third of the cost: a delivery must be known to be
// JSON at once, and its values are needed only later, if ever.
//
// Every function takes a start position and returns the position after what it
// skipped; it throws a `SyntaxError` where the text is not JSON. Positions travel
// through arguments and results, which keeps them in registers: with a cursor object
// the same scan takes twice as long. No function recurses over the text, so that no
// nesting depth exhausts the stack.

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;

/** 1 for each whitespace byte. */
const SPACE = byteSet("\t\n\r ");
/** 1 for each byte that may follow a backslash, except `u`. */
const ESCAPED = byteSet('"\\/bfnrt');
const HEX_DIGIT = byteSet("0123456789abcdefABCDEF");
/** 1 for each byte that stands for itself inside a string. */
const PLAIN = new Uint8Array(256).fill(1, 0x20);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

const [NULL, TRUE, FALSE] = ["null", "true", "false"].map((word) =>
  new TextEncoder().encode(word)
) as [Uint8Array, Uint8Array, Uint8Array];

// The caller has checked the bytes to be UTF-8: `fatal` would double the cost.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Closing bytes around a value, reused: to make them costs as much as to scan a text. */
let closings: number[] = [];

/** More are left to the garbage collector: such values are rare. */
const CLOSINGS_KEPT = 1_024;

/** Skips whitespace. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && SPACE[bytes[at]!] === 1) at++;
  return at;
}

/** Skips the value that starts at `at`, and whitespace before it. */
export function skipValue(bytes: Uint8Array, at: number): number {
  if (closings.length > CLOSINGS_KEPT) closings = [];
  const outer = closings; // Of the objects and arrays around the one that is open.
  let closing = 0; // Of that one.
  let depth = 0;
  for (;;) {
    at = skipSpace(bytes, at);
    const byte = bytes[at];
    if (byte === QUOTE) at = skipString(bytes, at);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const inner = byte + 2; // In ASCII.
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== inner) {
        outer[depth++] = closing;
        closing = inner;
        if (inner === CLOSE_BRACE) at = skipName(bytes, at);
        continue;
      }
      at++;
    } else at = skipLiteral(bytes, at);

    for (;;) { // What this value completes, up to the next value.
      if (depth === 0) return at;
      at = skipSpace(bytes, at);
      const next = bytes[at++];
      if (next === COMMA) {
        if (closing === CLOSE_BRACE) at = skipName(bytes, skipSpace(bytes, at));
        break;
      }
      if (next !== closing) throw fault(at - 1);
      closing = outer[--depth]!;
    }
  }
}

/**
 * Visits the members of the object that starts at `at`; any other value is skipped.
 *
 * @param member Receives the start positions of a member's name and value, and
 * returns the position after the value.
 */
export function skipMembers(
  bytes: Uint8Array,
  at: number,
  member: (nameAt: number, at: number) => number,
): number {
  at = skipSpace(bytes, at);
  if (bytes[at] !== OPEN_BRACE) return skipValue(bytes, at);
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    at = skipSpace(bytes, member(at, skipName(bytes, at)));
    const next = bytes[at++];
    if (next === CLOSE_BRACE) return at;
    if (next !== COMMA) throw fault(at - 1);
    at = skipSpace(bytes, at);
  }
}

/** Returns the value at `at` if it is a string, else `undefined`. */
export function readText(bytes: Uint8Array, at: number): string | undefined {
  at = skipSpace(bytes, at);
  if (bytes[at] !== QUOTE) return undefined;
  const text = decoder.decode(
    bytes.subarray(at + 1, skipString(bytes, at) - 1),
  );
  return text.includes("\\") ? JSON.parse(`"${text}"`) : text;
}

/**
 * Returns whether the string at `at` equals a text; it is decoded only if it has
 * escapes.
 *
 * @param text The text, in UTF-8.
 */
export function isText(
  bytes: Uint8Array,
  at: number,
  text: Uint8Array,
): boolean {
  let i = 0;
  while (i < text.length && bytes[at + 1 + i] === text[i]) i++;
  const next = bytes[at + 1 + i];
  if (next !== BACKSLASH) return i === text.length && next === QUOTE;
  return readText(bytes, at) === decoder.decode(text);
}

/** Skips a member's name and the colon after it. */
function skipName(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) throw fault(at);
  at = skipSpace(bytes, skipString(bytes, at));
  if (bytes[at] !== COLON) throw fault(at);
  return at + 1;
}

/** Skips a number, `true`, `false` or `null`, which is every third value of Persona's. */
function skipLiteral(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case LOWER_N:
      return skipWord(bytes, at, NULL);
    case LOWER_T:
      return skipWord(bytes, at, TRUE);
    case LOWER_F:
      return skipWord(bytes, at, FALSE);
  }
  return skipNumber(bytes, at);
}

function skipWord(bytes: Uint8Array, at: number, word: Uint8Array): number {
  for (let i = 1; i < word.length; i++) {
    if (bytes[at + i] !== word[i]) throw fault(at);
  }
  return at + word.length;
}

function skipString(bytes: Uint8Array, at: number): number {
  const end = bytes.length;
  for (let i = at + 1; i < end; i++) {
    // By fours a long text takes a third less time.
    while (i <= end - 4 && areFourPlain(bytes, i)) i += 4;
    while (i < end && PLAIN[bytes[i]!] === 1) i++;
    if (bytes[i] === QUOTE) return i + 1;
    if (bytes[i] !== BACKSLASH) break;
    i = skipEscape(bytes, i + 1);
  }
  throw fault(at);
}

function areFourPlain(bytes: Uint8Array, at: number): boolean {
  const first = PLAIN[bytes[at]!]! & PLAIN[bytes[at + 1]!]!;
  return (first & PLAIN[bytes[at + 2]!]! & PLAIN[bytes[at + 3]!]!) === 1;
}

/** Returns the position of the escape's last byte. */
function skipEscape(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte !== undefined && ESCAPED[byte] === 1) return at;
  if (byte !== LOWER_U) throw fault(at);
  for (let i = at + 1; i <= at + 4; i++) {
    const digit = bytes[i];
    if (digit === undefined || HEX_DIGIT[digit] !== 1) throw fault(at);
  }
  return at + 4;
}

function skipNumber(bytes: Uint8Array, at: number): number {
  if (bytes[at] === MINUS) at++;
  at = bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === DOT) at = skipDigits(bytes, at + 1);
  if (((bytes[at] ?? 0) | 0x20) === LOWER_E) {
    at++;
    if (bytes[at] === PLUS || bytes[at] === MINUS) at++;
    at = skipDigits(bytes, at);
  }
  return at;
}

function skipDigits(bytes: Uint8Array, at: number): number {
  if (!isDigit(bytes[at])) throw fault(at);
  while (isDigit(bytes[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of new TextEncoder().encode(characters)) set[byte] = 1;
  return set;
}

function fault(at: number): SyntaxError {
  return new SyntaxError(`Not JSON at byte ${at}`);
}
