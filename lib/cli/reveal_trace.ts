// The trace that a reveal on the command line leaves: a line in a file beside the
// store, before anything is shown, and one in the log of the server that holds the
// store. Without the first there is no reveal.

import { InboxError } from "../errors.ts";
import { findHolder, locateStore } from "../store/open_store.ts";
import type { Io } from "./io.ts";

/** The longest time that the server may take to log it. */
const TIMEOUT_MS = 2_000;

/** A reveal to be traced. */
export interface Reveal {
  readonly eventId: string;
  readonly storeUrl: string;
  /** The bearer token of the server, if it asks for one. */
  readonly token: string | null;
}

/**
 * Leaves the trace of a reveal.
 *
 * @throws {InboxError} If no trace can be left beside the store.
 */
export async function traceReveal(reveal: Reveal, io: Io): Promise<void> {
  const { eventId, storeUrl } = reveal;
  const { file } = locateStore(storeUrl);
  if (file === null) {
    throw new InboxError(
      `Cannot reveal ${eventId}: no file beside the store can keep the trace`,
      "Reveal it on the page of a server, which logs it",
    );
  }
  const path = `${file}.reveals.jsonl`;
  const line = { at: new Date().toISOString(), eventId, uid: uid() };
  try {
    await Deno.writeTextFile(path, `${JSON.stringify(line)}\n`, {
      append: true,
      mode: 0o600,
    });
  } catch (error) {
    throw new InboxError(
      `Cannot reveal ${eventId}: this user cannot write ${path}, where each reveal leaves a trace`,
      "Run it as the user of the server, or reveal it on the page of the server",
      { cause: error },
    );
  }
  await tellServer(reveal, io);
}

/** The server logs what it reveals; one that cannot be asked has nothing to add. */
async function tellServer(
  { eventId, storeUrl, token }: Reveal,
  io: Io,
): Promise<void> {
  const localUrl = findHolder(storeUrl)?.localUrl;
  if (!localUrl) return;
  const path = `/api/events/${encodeURIComponent(eventId)}?reveal=1`;
  const headers = new Headers();
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const url = new URL(path, localUrl);
  const options = { headers, signal, redirect: "manual" } as const;
  try {
    const response = await io.fetch(new Request(url, options));
    await response.body?.cancel();
  } catch {
    // It has just ended, or refuses us: the trace beside the store is there.
  }
}

/** The number of the system's user; null where that is not known. */
function uid(): number | null {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? Deno.uid() : null;
}
