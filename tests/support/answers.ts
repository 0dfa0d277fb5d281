import { assert, assertEquals } from "@std/assert";
import { CANARY, macOf, SECRET } from "./signed_delivery.ts";
import type { TestReceiver } from "./receiver.ts";

export const ACCEPTED = [200, "Webhook received successfully"] as const;
export const BAD_SIGNATURE = [401, "Invalid webhook signature"] as const;
export const TRY_AGAIN = [
  503,
  "Cannot store the event now, send it again",
] as const;

/** Checks status, body and the headers that every answer has. */
export async function assertAnswer(
  response: Response,
  [status, message]: readonly [number, string],
  about?: string,
): Promise<void> {
  const text = await response.text();
  assertEquals(response.status, status, about);
  assertEquals(
    text,
    JSON.stringify({ success: status < 400, message }),
    about,
  );
  const { headers } = response;
  assertEquals(headers.get("content-type"), "application/json; charset=utf-8");
  assert(headers.get("x-request-id"), about);
  const isAskedAgain = message.includes("send it again");
  assertEquals(headers.get("retry-after"), isAskedAgain ? "5" : null, about);
}

/** Checks that what went out shows no payload, no secret and no expected MAC. */
export function assertNothingLeaks(
  response: Response,
  { logged }: TestReceiver,
  body?: string | Uint8Array,
): void {
  const shown = JSON.stringify([[...response.headers], logged]);
  const secrets = [CANARY, "Canary", "Döe", SECRET, SECRET.slice(7)];
  if (body !== undefined) secrets.push(macOf(body));
  for (const secret of secrets) assert(!shown.includes(secret), shown);
}

/** The reason in the one entry that was logged, or what came of the event. */
export function logOutcome({ logged }: TestReceiver): string {
  assertEquals(logged.length, 1, JSON.stringify(logged));
  const entry = logged[0];
  if (entry?.msg === "rejected") return entry.reason;
  if (entry?.msg !== "received") return entry?.msg ?? "";
  return `${entry.signature}${entry.duplicate ? " duplicate" : ""}`;
}
