// Routes of the local listener for the body of an event, for other programs: as it came
// by `?reveal=tokens`, without the access tokens in its URLs by `?reveal=1`. Both are
// recorded as reveals.

import type { StoredEvent } from "../store/event_reader.ts";
import {
  type LocalCall,
  type LocalDeps,
  type LocalHandler,
  respondFaults,
} from "./local_call.ts";
import { recordReveal } from "./local_events.ts";
import { respond } from "./respond.ts";
import { readReveal, REVEALS } from "./reveal_query.ts";
import { maskTokens } from "../persona/mask_tokens.ts";

/** `GET /api/events/{id}/body?reveal=…`: its bytes, to be saved. */
export const downloadBody: LocalHandler = (call, deps) =>
  revealed(call, deps, ({ row, body }) =>
    Promise.resolve(
      new Response(new Uint8Array(body), {
        headers: {
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename="${fileName(row.id)}"`,
        },
      }),
    ));

/** `GET /api/events/{id}/curl?reveal=…`: a command that sends it again, signed now. */
export const showCurl: LocalHandler = (call, deps) =>
  revealed(call, deps, async ({ body, contentType }) => {
    const receiving = deps.monitor.receiving?.port ?? 3000;
    const signature = await deps.sign(body);
    const words = [
      "curl",
      `http://127.0.0.1:${receiving}/webhook`,
      "--header",
      `content-type: ${contentType ?? "application/json"}`,
      ...(signature === null
        ? []
        : ["--header", `persona-signature: ${signature}`]),
      "--data-binary",
      new TextDecoder().decode(body),
    ];
    return new Response(`${words.map(shellQuote).join(" ")}\n`, {
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  });

async function revealed(
  call: LocalCall,
  deps: LocalDeps,
  show: (stored: StoredEvent) => Promise<Response>,
): Promise<Response> {
  const { id, requestId, url } = call;
  const asked = readReveal(url);
  if (!asked?.reveal) {
    const fault = `Cannot show it as the only parameter must be ${REVEALS}`;
    return respondFaults([fault], call);
  }
  const stored = await deps.reader.get(id);
  if (!stored) return respond(404, "No such event", { requestId });
  await recordReveal(call, deps, asked);
  return await show(asked.tokens ? stored : withoutTokens(stored));
}

function withoutTokens(stored: StoredEvent): StoredEvent {
  const text = new TextDecoder().decode(stored.body);
  const masked = maskTokens(text);
  return masked === text
    ? stored
    : { ...stored, body: new TextEncoder().encode(masked) };
}

/** An id may be anything that a sender chose. */
function fileName(id: string): string {
  return `${id.replace(/[^\w.-]/g, "_").slice(0, 100)}.json`;
}

/**
 * Quotes a word for a POSIX shell.
 *
 * @param word Any text without a NUL.
 */
function shellQuote(word: string): string {
  return /^[\w./:=-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
