// Routes of the local listener for the body of an event as it came, for other programs.
// Both need `?reveal=1`, and are recorded as reveals.

import { shellQuote } from "../views/shell_quote.ts";
import type { StoredEvent } from "../store/event_reader.ts";
import {
  type LocalCall,
  type LocalDeps,
  type LocalHandler,
  respondFaults,
} from "./local_call.ts";
import { recordReveal } from "./local_events.ts";
import { respond } from "./respond.ts";

/** `GET /api/events/{id}/body?reveal=1`: its bytes, to be saved. */
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

/** `GET /api/events/{id}/curl?reveal=1`: a command that sends it again, signed now. */
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
  if (String([...url.searchParams]) !== "reveal,1") {
    const fault = "Cannot show it as the only parameter must be reveal=1";
    return respondFaults([fault], call);
  }
  const stored = await deps.reader.get(id);
  if (!stored) return respond(404, "No such event", { requestId });
  await recordReveal(call, deps);
  return await show(stored);
}

/** An id may be anything that a sender chose. */
function fileName(id: string): string {
  return `${id.replace(/[^\w.-]/g, "_").slice(0, 100)}.json`;
}
