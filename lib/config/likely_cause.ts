import { parseEncryptionKeys } from "../encryption_key.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import { isPostgresUrl, readPostgresUrl } from "../store/postgres_url.ts";
import { HTTP_URL } from "./http_url.ts";
import { SERVICE_ADDRESS } from "./setting_names.ts";
import type { Setting } from "./settings.ts";
import { TARGET_TRIPLE } from "./text_parsers.ts";

/**
 * Names the likely cause of a value that a setting cannot have, and what to do.
 *
 * @returns A sentence; empty when no cause is known.
 */
export function likelyCause(setting: Setting<unknown>, text: string): string {
  const { env } = setting;
  if (SERVICE_ADDRESS.test(text) && env.endsWith("_PORT")) {
    const service = env.replace(/_PORT$/, "").toLowerCase().replace("_", "-");
    return `Kubernetes sets ${env} for a Service named ${service}: rename the Service, or set enableServiceLinks: false for the pod`;
  }
  if (env === "HOST" && TARGET_TRIPLE.test(text)) {
    return "conda sets HOST to the machine it builds for: unset it, or use --host";
  }
  if (setting.key === "forwardUrl") return HTTP_URL.likelyCause(text);
  if (setting.key === "store" || setting.key === "keyStore") {
    return storeCause(text);
  }
  if (setting.key === "encryptionKeys") {
    const parsed = parseEncryptionKeys(text);
    return parsed.ok
      ? ""
      : `${parsed.fault}. Print one: ${PROGRAM_NAME} keys new`;
  }
  return "";
}

/** The spelling that was meant: SQLite's name before a path, as it is in no URL. */
function storeCause(text: string): string {
  if (isPostgresUrl(text)) {
    const result = readPostgresUrl(text);
    return result.ok ? "" : `Fix the URL: ${result.fault}`;
  }
  const { path = "" } = /^(?:sqlite3?:|file:)?\s*(?:\/\/)?(?<path>.*)$/
    .exec(text)?.groups ?? {};
  if (path.startsWith("~")) {
    const file = path.replace(/^~[^/]*\/*/, "") || "inbox.db";
    return `A ~ is not expanded: write the folder out, as in sqlite:/home/you/${file}`;
  }
  if (!/^[\w./-]+$/.test(path)) return ""; // It may be a URL with a password.
  return `Write sqlite:${path.endsWith("/") ? `${path}inbox.db` : path}`;
}
