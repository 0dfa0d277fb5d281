import { PROGRAM_NAME } from "../program_name.ts";
import { InboxError } from "../errors.ts";
import { whyNoAnswer } from "./why_no_answer.ts";

/** The receiver of what was sent. */
export interface SendTarget {
  /** Its URL, maybe with a password. */
  readonly url: string;
  /** Its URL, as it may be shown. */
  readonly to: string;
  /** True if it was named; otherwise it is the server on this machine. */
  readonly isChosen: boolean;
  readonly isSigned: boolean;
}

/**
 * Explains a response that is not a success.
 *
 * @returns A sentence; undefined after a success.
 */
export function answerAdvice(
  status: number,
  { isSigned }: SendTarget,
): string | undefined {
  if (status >= 200 && status <= 299) return undefined;
  return `Answered ${status}: ${adviceOf(status, isSigned)}`;
}

function adviceOf(status: number, isSigned: boolean): string {
  switch (status) {
    case 401:
      return isSigned
        ? "the receiver has a different secret, or a different clock: compare PERSONA_WEBHOOK_SECRET and the time on both sides"
        : "the receiver requires a signature: set PERSONA_WEBHOOK_SECRET or --secret";
    case 403:
      return "the receiver accepts nothing from this address: see its INBOX_ALLOW_IPS";
    case 404:
    case 405:
      return "there is no webhook: give its path with --to URL";
    case 413:
      return "the body is too large for the receiver: see its INBOX_BODY_BYTES_MAX";
  }
  if (status >= 300 && status <= 399) {
    return "redirects are not followed: give its target with --to URL";
  }
  return status >= 500
    ? "the receiver cannot accept it now: see its log"
    : "the receiver refused it: see its log";
}

/**
 * Explains a request without a response.
 *
 * @param error The error of `fetch()`.
 */
export function noAnswer(
  error: unknown,
  { to, isChosen, timeoutMs }: SendTarget & { readonly timeoutMs: number },
): InboxError {
  const options = { cause: error };
  const { kind, text } = whyNoAnswer(error);
  if (kind === "late") {
    return new InboxError(
      `Cannot send to ${to}: no answer within ${timeoutMs / 1_000} s`,
      "Something listens there and does not respond: see its log",
      options,
    );
  }
  if (kind === "cut") {
    return new InboxError(
      `Cannot send to ${to}: it hung up without an answer`,
      "Is it a web server, with http or https as in the URL? See its log",
      options,
    );
  }
  const [, reason] =
    /client error \(Connect\): (?!tcp connect error)([^]*)$/.exec(text) ?? [];
  return new InboxError(
    `Cannot send to ${to}: nothing answers there${
      reason === undefined ? "" : `: ${reason}`
    }`,
    isChosen
      ? "Is it running, and can this machine connect to it? Is its URL right?"
      : `Start ${PROGRAM_NAME} dev first, or give the receiver with --to URL`,
    options,
  );
}
