/**
 * How a request failed: before anything was sent (`unreachable`), after that (`cut`), or
 * by its time limit (`late`). What was sent may have been acted upon.
 */
export type NoAnswer = "unreachable" | "cut" | "late";

/** Tells how a request failed, and the reason as text, by the error of `fetch()`, or of its body. */
export function whyNoAnswer(error: unknown): { kind: NoAnswer; text: string } {
  const { name, message, cause } = error instanceof Error ? error : new Error();
  const text = cause instanceof Error ? cause.message : message;
  if (name === "TimeoutError") return { kind: "late", text };
  const isUnsent = !(error instanceof TypeError) ||
    /client error \(Connect\)|Requests to port \d+ are blocked/.test(text);
  return { kind: isUnsent ? "unreachable" : "cut", text };
}
