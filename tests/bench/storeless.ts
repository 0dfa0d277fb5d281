/**
 * The server with its store switched off: everything but keeping. What the store
 * costs is the difference to this.
 *
 * @module
 */

import { createApp } from "../../lib/app/app.ts";
import { systemIo } from "../../lib/cli/io.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { createLogger } from "../../lib/log.ts";
import type { Store } from "../../lib/store/store.ts";

const ACCEPTED = Promise.resolve({ ok: true, duplicate: false } as const);

const store: Store = {
  accept: () => ACCEPTED,
  record: () => Promise.resolve(true),
  requeue: () => Promise.resolve(true),
  probe: () => Promise.resolve(true),
  announce: () => Promise.resolve(true),
  openReader: nothingToRead,
  openDispatchReader: nothingToRead,
  close: () => Promise.resolve(),
};

function nothingToRead(): never {
  throw new Error("there is nothing to read");
}

const config = loadConfig("serve");
const io = systemIo(Deno.exit);
const logger = createLogger({
  level: config.logLevel,
  write: (lines) => io.stderr(lines),
});
const { handler } = await createApp(config, store, { logger });
const { port, hostname } = config;
Deno.serve({ port, hostname, onListen: () => {} }, handler);
