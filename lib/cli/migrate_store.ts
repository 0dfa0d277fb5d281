// `migrate-store`: copies a store to another place, perhaps to another kind of database.

import { checkRemembered } from "../app/check_key_store.ts";
import { sharedFile } from "../app/own_files.ts";
import { bytesText } from "../doctor/bytes_text.ts";
import type { Config } from "../config/settings.ts";
import { passwordWarning } from "../config/postgres_password.ts";
import { UsageError } from "../errors.ts";
import {
  type CopyOptions,
  type CopyProgress,
  type CopyResult,
  copyStore,
  StaleCopyError,
} from "../store/copy_store.ts";
import { copyErasureLog } from "../store/copy_erasure_log.ts";
import { copyKeys } from "../store/copy_keys.ts";
import {
  findHolder,
  hasKeyStore,
  inspectDatabase,
  keyStoreBeside,
  locateStore,
  openContents,
  openCopy,
  openErasureLog,
  openKeyStore,
  openReader,
  openServedKeyStore,
  openStore,
} from "../store/open_store.ts";
import { Args, type Command, JSON_FLAG } from "./command.ts";
import type { Io } from "./io.ts";
import { notify, print } from "./print.ts";

/** Nothing is received by a store that is opened once. */
const BODY_BYTES_MAX = 1 << 20;

/** The time between two looks at the source, and between two lines of progress. */
const POLL_MS = 1_000;

/** `persona-inbox migrate-store` */
export const migrateStoreCommand: Command = {
  name: "migrate-store",
  summary: "Copy a store to another place or database, compared byte by byte",
  operandsMax: 0,
  examples: [
    "migrate-store --from sqlite:data/inbox.db --to postgres://inbox@db/inbox",
    "migrate-store --from sqlite:data/inbox.db --to sqlite:new.db --follow",
  ],
  flags: {
    from: { value: "URL", help: "the store to copy, in use or not" },
    to: {
      value: "URL",
      help: "where there is no store yet, or a copy that was interrupted",
    },
    follow: {
      help: "keep copying new events until Ctrl-C, then finish",
    },
    ...JSON_FLAG,
  },
  run: migrateStore,
};

async function migrateStore(args: Args, io: Io): Promise<number> {
  const urls = readUrls(args, io);
  const { from } = urls;
  for (const name of ["from", "to"]) {
    const warning = passwordWarning(name, args.get(name));
    if (warning) await notify(`${warning.summary}. ${warning.hint}`, io);
  }
  const { made, hasLog } = await copy(urls, args, io);
  // It erases what was erased meanwhile.
  if (hasLog) await openOnce(urls);
  const database = await inspectDatabase(from, urls.keyStoreUrl);
  if (findHolder(from) || (database && database.instances > 0)) {
    await notify(
      "A server still has the old store: what it receives from now on is not in the copy",
      io,
    );
  }
  const asJson = args.isJson(io);
  const text = `copied and compared ${made.events} events, ${
    bytesText(made.bytes)
  } of bodies`;
  await print(asJson ? JSON.stringify(made) : text, io);
  return 0;
}

/** Copies a store with what belongs to it. */
async function copy(
  urls: Urls,
  args: Args,
  io: Io,
): Promise<{ made: CopyResult; hasLog: boolean }> {
  const replaced = await countReplaced(urls);
  const source = await openContents(urls.from);
  try {
    await checkKeysFound(urls);
    const copied = await openCopy(urls.to);
    try {
      const follower = args.has("follow") ? followUntilStop(io) : undefined;
      let hasLog = false;
      const made = await copyStore(source, copied, {
        onProgress: progressLines(io),
        async beforeFinish() {
          await moveKeys(urls);
          // What was sealed anew after it was copied, no key of the copy opens.
          if (await countReplaced(urls) !== replaced) {
            throw new StaleCopyError(
              "an erasure had payloads encrypted anew meanwhile",
            );
          }
          hasLog = await moveErasureLog(urls);
        },
        ...follower,
      });
      return { made, hasLog };
    } catch (error) {
      if (!(error instanceof StaleCopyError)) {
        await notify(
          "The copy is not finished. Run the same command again: it continues where this one stopped",
          io,
        );
      }
      throw error;
    } finally {
      await copied.close();
    }
  } finally {
    await source.close();
  }
}

async function openOnce({ to, keyStoreUrl }: Urls): Promise<void> {
  const options = { bodyBytesMax: BODY_BYTES_MAX, keyStoreUrl };
  await (await openStore(to, options)).close();
}

interface Urls {
  readonly from: string;
  readonly to: string;
  /** The place of the data keys in the settings; null without one. */
  readonly keyStoreUrl: string | null;
}

function readUrls(args: Args, io: Io): Urls {
  const { faults } = args;
  const [source, copy] = ["from", "to"].map((name) => {
    const url = args.get(name);
    if (url !== undefined) return configOf(name, url, { faults, io });
    faults.push(`migrate-store needs --${name}=URL`);
    return undefined;
  });
  const from = source?.storeUrl;
  const to = copy?.storeUrl;
  const shared = from !== undefined && to !== undefined && sharedFile(from, to);
  if (from !== undefined && from === to) {
    faults.push("--from and --to are the same store: name another place");
  } else if (shared) {
    faults.push(`--from and --to would share ${shared}: name another place`);
  }
  if (from === undefined || to === undefined || faults.length > 0) {
    throw new UsageError(faults);
  }
  return { from, to, keyStoreUrl: source?.keyStoreUrl ?? null };
}

/** Reads a URL as that of the setting is, with its password from where that is found. */
function configOf(
  name: string,
  url: string,
  { faults, io }: { faults: string[]; io: Io },
): Config | undefined {
  try {
    return new Args([], { store: [url] }).loadConfig("tool", io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const ofFlag = error.faults.map((fault) =>
      fault.replaceAll("--store", `--${name}`)
    );
    faults.push(...ofFlag.filter((fault) => !faults.includes(fault)));
    return undefined;
  }
}

/** Refuses a source whose data keys are not where they are looked for. */
async function checkKeysFound({ from, keyStoreUrl }: Urls): Promise<void> {
  const place = keyStoreUrl ?? keyStoreBeside(from);
  if (await hasKeyStore(place)) return;
  const reader = await openReader(from);
  try {
    const { shown } = locateStore(place);
    await checkRemembered(reader, { vault: null, shown });
  } finally {
    reader.close();
  }
}

/** Copies the data keys, unless they have a place of their own. */
async function moveKeys({ from, to, keyStoreUrl }: Urls): Promise<void> {
  const place = keyStoreBeside(from);
  if (keyStoreUrl !== null || !await hasKeyStore(place)) return;
  const source = await openServedKeyStore(place, from);
  try {
    const copy = openKeyStore(keyStoreBeside(to));
    try {
      await copyKeys(source, copy);
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}

/** Counts the data keys that something was sealed by, and is sealed anew since. */
async function countReplaced({ from, keyStoreUrl }: Urls): Promise<number> {
  const place = keyStoreUrl ?? keyStoreBeside(from);
  if (!await hasKeyStore(place)) return 0;
  const keys = await openServedKeyStore(place, from);
  try {
    return (await keys.replaced()).length;
  } finally {
    await keys.close();
  }
}

/** Copies the log of erasures; returns whether there is one. */
async function moveErasureLog(
  { from, to, keyStoreUrl }: Urls,
): Promise<boolean> {
  const source = openErasureLog(from, keyStoreUrl);
  try {
    const copied = openErasureLog(to, keyStoreUrl);
    try {
      return await copyErasureLog(source, copied);
    } finally {
      await copied.close();
    }
  } finally {
    await source.close();
  }
}

/** Prints a line now and then, so that hours of work do not look stuck. */
function progressLines(io: Io): NonNullable<CopyOptions["onProgress"]> {
  let lastMs = -Infinity;
  return ({ phase, events, lastSeq }: CopyProgress) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < POLL_MS) return;
    lastMs = nowMs;
    void notify(`${phase}: ${events} of ${lastSeq} events`, io);
  };
}

function followUntilStop(io: Io): Pick<CopyOptions, "whenCaughtUp"> {
  let isStopped: Promise<void> | undefined;
  let isOver = false;
  return {
    async whenCaughtUp() {
      if (!isStopped) {
        // Until here Ctrl-C ends the process: the next one continues where this one stopped.
        const stop = Promise.withResolvers<void>();
        isStopped = stop.promise;
        io.onStopSignal(() => {
          isOver = true;
          stop.resolve();
        });
        await notify(
          "Caught up, and following. Stop the old server, then press Ctrl-C here",
          io,
        );
      }
      const pause = Promise.withResolvers<void>();
      const cancel = io.setTimer(pause.resolve, POLL_MS);
      await Promise.race([pause.promise, isStopped]);
      cancel();
      return !isOver;
    },
  };
}
