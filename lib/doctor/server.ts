// The health of the server that holds the store, as it reports it.

import { isJsonObject, type JsonValue } from "../json/json.ts";
import { VERSION } from "../version.ts";
import { counted } from "../views/counted.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

const NAME = "server";
const TIMEOUT_MS = 5_000;

/** Access to a server. */
export interface ServerAccess {
  /** The URL of its local listener; null when it has none. */
  readonly localUrl: string | null;
  /** The bearer token that it asks for, if it does. */
  readonly token: string | null;
  /** The URL of its public listener by the settings; null when not known. */
  readonly publicUrl: string | null;
  readonly fetch: (request: Request) => Promise<Response>;
}

/**
 * Asks a server that runs.
 *
 * @returns A finding for each of its listeners, and for each problem it reports.
 */
export async function checkServer(
  access: ServerAccess,
): Promise<readonly Finding[]> {
  return [...await askLocally(access), ...await askPublicly(access)];
}

async function askLocally(access: ServerAccess): Promise<readonly Finding[]> {
  const { localUrl } = access;
  if (localUrl === null) {
    return [ok(NAME, "runs without a local listener, so it was not asked")];
  }
  const stats = await ask(access, new URL("/api/stats", localUrl));
  if (stats.status === 401 || stats.status === 403) {
    return [
      warning(
        NAME,
        `at ${localUrl} refuses this command`,
        "Set INBOX_ADMIN_TOKEN to the server's token",
      ),
    ];
  }
  const { body } = stats;
  if (!isJsonObject(body) || typeof body.version !== "string") {
    return [
      failed(
        NAME,
        `holds the store, and does not answer at ${localUrl}`,
        "See its log; is it running on this machine?",
      ),
    ];
  }
  const rejected = await ask(access, new URL("/api/rejected", localUrl));
  return [
    versionFinding(body.version),
    ...pauses(body.destinations),
    ...rejections(rejected.body),
  ];
}

function versionFinding(version: string): Finding {
  const summary = `runs persona-inbox ${version}`;
  if (version === VERSION) return ok(NAME, summary);
  return warning(
    NAME,
    `${summary}; this is ${VERSION}`,
    "Restart it if it should run this version",
  );
}

function pauses(destinations: JsonValue | undefined): Finding[] {
  return objects(destinations).flatMap(({ name, pausedUntil }) =>
    typeof pausedUntil === "string"
      ? warning(
        NAME,
        `has paused ${name} until ${pausedUntil}, as it did not respond`,
        "It is probed automatically, and nothing is lost: is it running?",
      )
      : []
  );
}

/** The server remembers the latest 200. */
function rejections(body: JsonValue): Finding[] {
  const all = isJsonObject(body) ? objects(body.rejected) : [];
  const [latest] = all;
  if (!latest) return [];
  const { at, summary, hint } = latest;
  const count = counted(all.length, "delivery", "deliveries");
  return [
    warning(
      NAME,
      `refused ${count} since it started, the latest at ${at}: ${summary}`,
      String(hint),
    ),
  ];
}

async function askPublicly(access: ServerAccess): Promise<readonly Finding[]> {
  const { publicUrl } = access;
  if (publicUrl === null) return [];
  const { status } = await ask(access, new URL("/readyz", publicUrl));
  if (status === 200) {
    return [ok("public port", `${publicUrl} is ready for deliveries`)];
  }
  if (status === 503) {
    return [
      failed(
        "public port",
        `${publicUrl} cannot take deliveries now: it starts, stops, or cannot store`,
        "Search the log of the server for store failed",
      ),
    ];
  }
  return [
    failed(
      "public port",
      `the server does not answer at ${publicUrl}`,
      "Does it have other settings than this command, PORT and HOST for instance?",
    ),
  ];
}

/** Status 0 when nobody answers. The token goes to the local listener only. */
async function ask(
  { fetch, localUrl, token }: ServerAccess,
  url: URL,
): Promise<{ status: number; body: JsonValue }> {
  const headers = new Headers();
  const isLocal = localUrl !== null && url.origin === new URL(localUrl).origin;
  if (isLocal && token !== null) {
    headers.set("authorization", `Bearer ${token}`);
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(
      new Request(url, { headers, signal, redirect: "manual" }),
    );
    const text = await response.text();
    return { status: response.status, body: readJson(text) };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return { status: 0, body: null };
  }
}

function objects(value: JsonValue | undefined) {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function readJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
