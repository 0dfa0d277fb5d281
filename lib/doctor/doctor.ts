import { strongestToken } from "../config/admin_tokens.ts";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";
import { keysElsewhere } from "../app/own_files.ts";
import { type Engine, ENGINE_HINT } from "../app/check_engine.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import { policyTexts } from "../persona/retention_policy.ts";
import type { Pause } from "../store/outbox.ts";
import { hostOfListener } from "../config/this_machine.ts";
import type { Config } from "../config/settings.ts";
import {
  findHolder,
  inspectDatabase,
  inspectStore,
  locateStore,
  openReader,
} from "../store/open_store.ts";
import { checkBacklog } from "./backlog.ts";
import { checkClock } from "./clock.ts";
import { checkDatabase } from "./database.ts";
import { checkDestination } from "./destinations.ts";
import {
  canMakeFileIn,
  canOpen,
  existingFolder,
  isFolder,
  sizeOf,
} from "./files.ts";
import { examine, failed, type Finding, ok, warning } from "./finding.ts";
import { type Platform, platformFindings } from "./platform.ts";
import { checkKeys } from "./keys.ts";
import { isoTime } from "../iso_time.ts";
import { checkPorts } from "./ports.ts";
import { checkAudit } from "./audit.ts";
import { listSecrets } from "./secrets.ts";
import { checkServer } from "./server.ts";
import {
  checkDisk,
  checkStore,
  folderFinding,
  IN_MEMORY_STORE,
} from "./store.ts";

/** The number of latest events that the clock is compared with. */
const CLOCK_EVENTS = 100;

/** The subject of the checks, and their surroundings. */
export interface DoctorInput {
  readonly config: Config;
  readonly clock: Clock;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly engine: Engine;
  readonly platform: Platform;
  /** The directories that the system looks for programs in. */
  readonly programFolders: () => readonly string[];
}

/**
 * Checks everything but the settings themselves.
 *
 * @yields The findings, as they are found.
 */
export async function* examineAll(input: DoctorInput): AsyncGenerator<Finding> {
  const { config, programFolders } = input;
  yield* await listSecrets(config.secrets);
  yield* proxyFindings(config);
  yield ok("retention", policyTexts(config).join("; "));
  yield engineFinding(input.engine);
  yield* platformFindings(input.platform);
  const { file, isKept } = locateStore(config.storeUrl);
  if (file !== null) {
    yield* await examine("disk", () => examineDisk(file));
    yield* await examine("disk", () => examineKeysDisk(config));
    yield* await examine("store", () => examineStore(input, file));
    yield* await examine("keys", () => checkKeys(config));
    yield* await examine("audit", () => checkAudit(config));
  } else if (isKept) {
    yield* await examine("disk", () => examineKeysDisk(config));
    yield* await examine("store", () => examineDatabase(input));
  } else {
    yield IN_MEMORY_STORE;
    yield* await examine("ports", () => checkPorts(config));
  }
  const { proxyVariables, childEnvironment: environment } = config;
  const world = { programFolders, environment, proxyVariables };
  const found = await Promise.all(
    config.destinations.map((destination) =>
      examine(
        `to ${destination.name}`,
        () => checkDestination(destination, world),
      )
    ),
  );
  yield* found.flat();
}

function engineFinding({ name, isUnsafe }: Engine): Finding {
  if (!isUnsafe) return ok("engine", name);
  const summary = `${name} can lose stored events when it moves its log`;
  return failed("engine", summary, ENGINE_HINT);
}

/** A proxy is no fault, but surprises whoever forgot about it. */
function proxyFindings({ proxyVariables }: Config): Finding[] {
  if (proxyVariables.length === 0) return [];
  const names = proxyVariables.join(", ");
  return [
    ok(
      "proxy",
      `${names} set: requests to other machines go through it, requests to this one never do`,
    ),
  ];
}

function pauseFinding({ destination, sinceMs }: Pause): Finding {
  return warning(
    `to ${destination}`,
    `paused by a command since ${isoTime(sinceMs)}`,
    `Its dispatches wait: ${PROGRAM_NAME} resume ${destination}`,
  );
}

/** The store, what is in it, and the server that holds it. */
async function examineStore(
  input: DoctorInput,
  path: string,
): Promise<readonly Finding[]> {
  const { config } = input;
  if (isFolder(path)) return [folderFinding(path)];
  const health = inspectStore(config.storeUrl);
  if (!health) {
    const isWritable = canMakeFileIn(existingFolder(path));
    const missing = checkStore({ path, health, events: 0, isWritable });
    return [...missing, ...await examine("ports", () => checkPorts(config))];
  }
  // The server that holds it may be another user's.
  const isWritable = health.isHeld ||
    canOpen(path, { write: true }) && canMakeFileIn(dirname(path));
  return [
    ...await examineContents(
      input,
      (events) => checkStore({ path, health, events, isWritable }),
    ),
    ...await examine(
      "server",
      () => health.isHeld ? checkServer(accessOf(input)) : checkPorts(config),
    ),
  ];
}

/** A store that servers on several machines may share. */
async function examineDatabase(
  input: DoctorInput,
): Promise<readonly Finding[]> {
  const { config } = input;
  const { shown } = locateStore(config.storeUrl);
  const health = await inspectDatabase(
    config.storeUrl,
    config.keyStoreUrl,
  );
  if (!health) return [];
  const check = (events: number) => checkDatabase({ shown, health, events });
  return [
    ...health.isThere ? await examineContents(input, check) : check(0),
    ...await examine("keys", () => checkKeys(config)),
    ...await examine("audit", () => checkAudit(config)),
    // A server of ours may be the one that has them.
    ...health.instances > 0
      ? []
      : await examine("ports", () => checkPorts(config)),
  ];
}

/** Findings about the content of the store; `check` gets the number of its events. */
async function examineContents(
  { config, clock }: DoctorInput,
  check: (events: number) => readonly Finding[],
): Promise<readonly Finding[]> {
  const reader = openReader(config.storeUrl, config.keyStoreUrl);
  try {
    const { events, destinations } = await reader.totals();
    const latest = await reader.list({ limit: CLOCK_EVENTS });
    const names = config.destinations.map(({ name }) => name);
    return [
      ...check(events),
      ...checkClock(latest, clock.nowMs()),
      ...(await reader.pauses()).map(pauseFinding),
      ...checkBacklog(destinations, names),
    ];
  } finally {
    reader.close();
  }
}

function accessOf({ config, fetch }: DoctorInput) {
  const { hostname, port } = config;
  return {
    localUrl: findHolder(config.storeUrl)?.localUrl ?? null,
    token: strongestToken(config.adminTokens),
    publicUrl: port === 0 ? null : `http://${hostOfListener(hostname)}:${port}`,
    fetch,
  };
}

function examineDisk(file: string, what?: string): readonly Finding[] {
  const { bavail, bsize } = statfsSync(existingFolder(file));
  return checkDisk(bavail * bsize, sizeOf(file), what);
}

/** Data keys that lie elsewhere than beside the store need room, too. */
function examineKeysDisk(config: Config): readonly Finding[] {
  const file = keysElsewhere(config);
  return file === null ? [] : examineDisk(file, "key store");
}
