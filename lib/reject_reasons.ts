/**
 * The reasons of refusals in words for people: the log and the local listener
 * say the same.
 *
 * @module
 */

import type { RejectReason } from "./log.ts";

/** A reason in words, and the remedy. */
export interface RejectWords {
  readonly summary: string;
  readonly hint: string;
}

/** The words for each reason. */
export const REJECT_REASONS: Readonly<Record<RejectReason, RejectWords>> = {
  "address-not-allowed": {
    summary: "address not allowed",
    hint: "see INBOX_ALLOW_IPS, and INBOX_TRUST_PROXY behind a proxy",
  },
  "body-broken-off": {
    summary: "body broken off",
    hint: "the sender hung up",
  },
  "body-not-json": {
    summary: "body is not JSON",
    hint: "Persona sends JSON only",
  },
  "body-too-large": {
    summary: "body too large",
    hint: "see INBOX_BODY_BYTES_MAX",
  },
  "body-too-slow": {
    summary: "body too slow",
    hint: "the sender or a proxy stalled",
  },
  "cross-site": {
    summary: "sent by a web page, and nothing is verified",
    hint: "Set PERSONA_WEBHOOK_SECRET; a browser's page sent this",
  },
  "signature-missing": {
    summary: "Invalid signature: no persona-signature header",
    hint: "Persona signs every delivery; does a proxy drop the header?",
  },
  "signature-malformed": {
    summary: "Invalid signature: malformed header",
    hint: "it must be t=<unix seconds>,v1=<64 hex digits>",
  },
  "signature-expired": {
    summary: "Invalid signature: timestamp too old",
    hint: "replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS",
  },
  "signature-future": {
    summary: "Invalid signature: timestamp in the future",
    hint: "is this clock behind? see INBOX_TOLERANCE_SECONDS",
  },
  "signature-mismatch": {
    summary:
      "Invalid signature: signed with a different secret, or the body was changed on the way",
    hint: "compare PERSONA_WEBHOOK_SECRET with the webhook's page in Persona",
  },
  "store-failed": {
    summary: "store failed",
    hint: "Persona will send it again",
  },
  "store-overloaded": {
    summary: "store overloaded",
    hint: "Persona will send it again",
  },
  "store-too-slow": {
    summary: "store too slow",
    hint: "Persona will send it again",
  },
  "stopping": {
    summary: "stopping",
    hint: "Persona will send it again",
  },
};
