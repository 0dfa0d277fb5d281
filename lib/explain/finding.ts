// The findings of an explanation. None ever contains a secret, a MAC or anything of a
// body: its words are fixed, its numbers are positions, lengths and times.

/** All codes of findings, each with its remedy. */
const HINTS = {
  "fits":
    "If a receiver rejects it anyway: does it check the raw bytes, and each set with its own t?",
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
  "mac-malformed": "v1 must be the 64 lower-case hex digits of an HMAC-SHA256",
  "mac-upper-case": "Write v1 in lower case",
  "secret-missing":
    "Set PERSONA_WEBHOOK_SECRET to the secret on the webhook's page in Persona",
  "secret-prefix":
    "The prefix wbhsec_ belongs to the secret: use all of it as text",
  "secret-white-space":
    "Trim the secret where it is read: a line break of its file came along",
  "secret-quotes": "Remove the quotes: they are not part of the secret",
  "other-secret":
    "Normal while a secret is rotated; otherwise add the secret it was made with",
  "body-byte-order-mark":
    "Save and send the bytes as they are, in UTF-8 without a byte-order mark",
  "body-line-break":
    "Save and send the bytes as they are: editors and echo add a line break at the end",
  "body-white-space": "Save and send the bytes as they are",
  "body-reserialized":
    "Check the raw bytes before anything parses them, as by express.raw(); a proxy must pass them on as they are",
  "body-empty":
    "Something read the body before: take the raw bytes first, and keep them",
  "body-truncated":
    "Take the whole body: is there a size limit, or was only the first chunk read?",
  "body-too-large":
    "persona-inbox takes no body of more than 64 MiB; see INBOX_BODY_BYTES_MAX",
  "mismatch":
    "Compare PERSONA_WEBHOOK_SECRET with the webhook's page in Persona, and the body with the bytes that were sent",
} as const;

/** The code of a finding. */
export type FindingCode = keyof typeof HINTS;

/** One thing that was found out about a signature. */
export interface Finding {
  /** The same for what is the same, in whatever words. */
  readonly code: FindingCode;
  /** True if a signature may fail because of it. */
  readonly isFault: boolean;
  /** The set of the header it is about, from 1; null when about all of it. */
  readonly set: number | null;
  /** The finding in words. */
  readonly sentence: string;
  /** The remedy. */
  readonly hint: string;
}

/**
 * Creates a finding.
 *
 * @param sentence The same in words.
 * @param set The set of the header it is about, from 1.
 * @returns The finding, with its hint.
 */
export function finding(
  code: FindingCode,
  sentence: string,
  set: number | null = null,
): Finding {
  const isFault = code !== "fits" && code !== "other-secret";
  return { code, isFault, set, sentence, hint: HINTS[code] };
}
