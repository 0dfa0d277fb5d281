/**
 * What an explanation is made of. A finding never holds a secret, a MAC or anything
 * of a body: its words are ours, its numbers are places, lengths and times.
 *
 * @module
 */

/** What can be found, each with what to do about it. */
const HINTS = {
  "fits":
    "If a receiver refuses it all the same: does it check the raw bytes, and each set with its own t?",
  "header-missing":
    "Persona signs every delivery; does a proxy drop the header?",
  "header-malformed":
    "It must be t=<unix seconds>,v1=<64 hex digits>, several of them separated by single spaces",
  "secret-in-header":
    "A secret must never be sent: rotate it, and send an HMAC-SHA256 made with it",
  "timestamp-malformed":
    "It must be the time of sending in whole Unix seconds, in digits only, once in each set",
  "timestamp-unit": "Divide by 1000 and round down before signing",
  "timestamp-expired":
    "Replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS. For a delivery of the past say when it came, with --now",
  "timestamp-future":
    "Is this clock behind? See INBOX_TOLERANCE_SECONDS, and --now",
  "timestamp-unsigned":
    "What is signed is t as it stands in the header, a dot, and then the raw body",
  "timestamp-of-other-set":
    "Each set has a t of its own, and its v1 is made with that one",
  "mac-malformed": "v1 must be the 64 lower-case hex digits of an HMAC-SHA256",
  "mac-upper-case": "Write v1 in lower case",
  "mac-base64": "Write v1 in hex instead: digest('hex')",
  "secret-missing":
    "Set PERSONA_WEBHOOK_SECRET to the secret on the webhook's page in Persona",
  "secret-prefix":
    "The prefix wbhsec_ belongs to the secret: use all of it as text",
  "secret-white-space":
    "Trim the secret where it is read: a line break of its file came along",
  "secret-quotes": "Take the quotes off: they are no part of the secret",
  "secret-encoding":
    "Use the secret as text, wbhsec_ included: it must not be decoded",
  "secret-unset":
    "The signer has no secret: its setting is empty or named otherwise",
  "secret-list":
    "The list of secrets was taken for one: split it at commas and spaces",
  "other-secret":
    "So it is while a secret is rotated; else add the secret it was made with",
  "body-byte-order-mark":
    "Save and send the bytes as they are, in UTF-8 without a byte-order mark",
  "body-utf16": "Save the body in UTF-8; PowerShell's > makes UTF-16 of it",
  "body-latin1":
    "Check the bytes before they become text: one side took them for Latin-1",
  "body-not-utf8":
    "Check the bytes before they become text: decoding replaces what is no UTF-8",
  "body-base64":
    "Decode the body first: some gateways hand it over in Base64 (isBase64Encoded)",
  "body-quoted":
    "Encode the body as JSON once only: a text that is JSON already became a JSON string",
  "body-line-break":
    "Save and send the bytes as they are: editors and echo add a line break at the end",
  "body-line-ends":
    "Save and send the bytes as they are: git and editors change line ends",
  "body-white-space": "Save and send the bytes as they are",
  "body-continued": "Keep one body a file, and nothing after it",
  "body-reserialized":
    "Check the raw bytes before anything parses them, as by express.raw(); a proxy must pass them on as they are",
  "body-keys":
    "Check the raw bytes before anything respells keys; Persona can send them so (key inflection)",
  "body-empty":
    "Something read the body before: take the raw bytes first, and keep them",
  "body-truncated":
    "Take the whole body: is there a size limit, or was only the first chunk read?",
  "body-replaced":
    "Join the chunks before decoding them: half a character at the end of one becomes U+FFFD",
  "body-compressed":
    "Check the bytes as they were sent: take them before a proxy compresses them, or undo content-encoding first",
  "body-too-large":
    "persona-inbox takes no body of more than 64 MiB; see INBOX_BODY_BYTES_MAX",
  "not-all-tried": "Try a smaller delivery, and one secret at a time",
  "mismatch":
    "Compare PERSONA_WEBHOOK_SECRET with the webhook's page in Persona, and the body with the bytes that were sent",
  "receiver-rewrites-body":
    "So check the raw bytes before anything parses them, as by express.raw()",
  "receiver-mixes-timestamps":
    "So check each set with its own t: a receiver that uses the first one for all refuses this",
} as const;

/** What was found. */
export type FindingCode = keyof typeof HINTS;

/** Codes of what is as it should be, or no reason to refuse. */
const NO_FAULTS: readonly FindingCode[] = [
  "fits",
  "other-secret",
  "not-all-tried",
  "receiver-rewrites-body",
  "receiver-mixes-timestamps",
];

/** One thing that was found out about a signature. */
export interface Finding {
  /** The same for what is the same, in whatever words. */
  readonly code: FindingCode;
  /** Whether a signature may fail because of it. */
  readonly isFault: boolean;
  /** Which set of the header it is about, from 1; null when about all of it. */
  readonly set: number | null;
  /** What was found. */
  readonly sentence: string;
  /** What to do about it. */
  readonly hint: string;
}

/**
 * Makes a finding.
 *
 * @param code What was found.
 * @param sentence The same in words.
 * @param set Which set of the header it is about, from 1.
 * @returns The finding, with its hint.
 */
export function finding(
  code: FindingCode,
  sentence: string,
  set: number | null = null,
): Finding {
  const isFault = !NO_FAULTS.includes(code);
  return { code, isFault, set, sentence, hint: HINTS[code] };
}
