// Reasons for which deliveries are refused: how each is answered, and the words for it
// in the log, in the commands and on the page.

/** The answer to a refused delivery, and its reason in words for people. */
export interface RejectInfo {
  /** The HTTP status. */
  readonly status: number;
  /** The message of the answer, which tells a stranger no more than it must. */
  readonly message: string;
  /** The fault. */
  readonly summary: string;
  /** The remedy. */
  readonly hint: string;
}

/** A signature's fault is not told apart to whom it may help to forge one. */
const BAD_SIGNATURE = { status: 401, message: "Invalid webhook signature" };
const NOT_STORED = {
  status: 503,
  message: "Cannot store the event now, send it again",
};
const SENT_AGAIN = "Persona will send it again";

const REASONS = {
  "address-not-allowed": {
    status: 403,
    message: "Source address not allowed",
    summary: "address not allowed",
    hint: "see INBOX_ALLOW_IPS, and INBOX_TRUST_PROXY behind a proxy",
  },
  "body-broken-off": {
    status: 400,
    message: "Request body cut off",
    summary: "body broken off",
    hint: "the sender hung up",
  },
  "body-not-json": {
    status: 400,
    message: "Request body must be JSON",
    summary: "body is not JSON",
    hint: "Persona sends JSON only",
  },
  "body-too-large": {
    status: 413,
    message: "Request body too large",
    summary: "body too large",
    hint: "see INBOX_BODY_BYTES_MAX",
  },
  "body-too-slow": {
    status: 408,
    message: "Request body took too long",
    summary: "body too slow, or in too many tiny pieces",
    hint: "the sender or a proxy stalled, or sent a few bytes at a time",
  },
  "cross-site": {
    status: 403,
    message: "Cross-site requests not allowed",
    summary: "sent by a web page, and nothing is verified",
    hint: "set PERSONA_WEBHOOK_SECRET; a page in a browser sent this",
  },
  "method": {
    status: 405,
    message: "Method not allowed",
    summary: "sent by another method than POST",
    hint:
      "Persona sends by POST; does a proxy or a redirect change the method?",
  },
  "overloaded": {
    status: 503,
    message: "Too many requests at once, send it again",
    summary: "too many unverified bodies at once",
    hint: "slow or hostile senders: limit connections in a proxy in front",
  },
  "path": {
    status: 404,
    message: "Not found",
    summary: "sent to a path where nothing is received",
    hint: "let the URL of the webhook in Persona end in /webhook",
  },
  "loop": {
    status: 508,
    message: "Sent by this inbox itself",
    summary: "sent by this inbox itself",
    hint: "a destination's url leads back to the inbox: fix it",
  },
  "signature-missing": {
    ...BAD_SIGNATURE,
    summary: "Invalid signature: no persona-signature header",
    hint: "Persona signs every delivery; does a proxy drop the header?",
  },
  "signature-malformed": {
    ...BAD_SIGNATURE,
    summary: "Invalid signature: malformed header",
    hint: "it must be t=<unix seconds>,v1=<64 hex digits>",
  },
  "signature-expired": {
    ...BAD_SIGNATURE,
    summary: "Invalid signature: timestamp too old",
    hint: "replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS",
  },
  "signature-future": {
    ...BAD_SIGNATURE,
    summary: "Invalid signature: timestamp in the future",
    hint: "is this clock behind? see INBOX_TOLERANCE_SECONDS",
  },
  "signature-mismatch": {
    ...BAD_SIGNATURE,
    summary:
      "Invalid signature: signed with a different secret, or the body was changed on the way",
    hint: "compare PERSONA_WEBHOOK_SECRET with the webhook's page in Persona",
  },
  "store-failed": {
    ...NOT_STORED,
    summary: "store failed",
    hint: SENT_AGAIN,
  },
  "store-overloaded": {
    ...NOT_STORED,
    summary: "store overloaded",
    hint: SENT_AGAIN,
  },
  "store-too-slow": {
    ...NOT_STORED,
    summary: "store too slow",
    hint: SENT_AGAIN,
  },
  "stopping": {
    status: 503,
    message: "Stopping, send it again",
    summary: "stopping",
    hint: SENT_AGAIN,
  },
} as const satisfies Record<string, RejectInfo>;

/** A reason to refuse a delivery. */
export type RejectReason = keyof typeof REASONS;

/** The answer and the words for each reason. */
export const REJECT_REASONS: Readonly<Record<RejectReason, RejectInfo>> =
  REASONS;
