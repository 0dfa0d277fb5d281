// `backup`: a consistent copy of the store.

import { checkNotOwn } from "../app/own_files.ts";
import { keyStoreUrlOf } from "../app/sealing.ts";
import { backUpKeyStore, backUpStore } from "../store/open_store.ts";
import { counted } from "../views/counted.ts";
import { bytesText } from "../doctor/bytes_text.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { notify, print } from "./print.ts";

/** `persona-inbox backup` */
export const backupCommand: Command = {
  name: "backup",
  summary: "Copy the store to a file, whether or not the server runs",
  operands: "FILE",
  operandsMax: 1,
  examples: [
    "backup /mnt/backups/inbox-$(date +%F).db",
    "backup --keys /mnt/elsewhere/inbox.keys-$(date +%F).db",
    "backup copy.db --store sqlite:/var/lib/persona-inbox/inbox.db",
  ],
  flags: {
    salvage: {
      help: "copy what is left of a store that lost its log",
    },
    keys: {
      help: "copy the data keys instead, which the copy of a store needs",
    },
    ...JSON_FLAG,
    ...settingFlags("storeUrl"),
  },
  run: runBackup,
};

async function runBackup(args: Args, io: Io): Promise<number> {
  const [file] = args.operands;
  if (file === undefined || file === "") {
    args.faults.push("backup needs the file to write: backup FILE");
  }
  if (file === "-") {
    args.faults.push(
      "backup writes no standard output: name a file, which a copy needs to be whole",
    );
  }
  if (args.has("keys") && args.has("salvage")) {
    args.faults.push(
      "--salvage is for a store, and --keys copies none: remove one",
    );
  }
  const config = args.loadConfig("tool", io);
  const asJson = args.isJson(io);
  checkNotOwn(file ?? "", config);
  if (args.has("keys")) {
    const to = { file: file ?? "", storeUrl: config.storeUrl };
    const made = await backUpKeyStore(keyStoreUrlOf(config), to);
    const text =
      `wrote ${made.file}: ${made.keys} data keys. Keep it apart from copies of the store`;
    await print(asJson ? JSON.stringify(made) : text, io);
    return 0;
  }
  const isSalvage = args.has("salvage");
  const made = await backUpStore(config.storeUrl, file ?? "", { isSalvage });
  if (made.lost) {
    await io.stderr(`Salvaged without what is lost: ${made.lost}\n`);
  }
  const events = counted(made.events, "event");
  const log = made.erasures === undefined ? "" : `; and ${made.erasures}`;
  const text = `wrote ${made.file}: ${events}, ${bytesText(made.bytes)}${log}`;
  await print(asJson ? JSON.stringify(made) : text, io);
  if (config.encryptionKeys.length > 0) {
    await notify(
      "Its payloads are encrypted: without the data keys (backup --keys FILE) nobody can read them",
      io,
    );
  }
  return 0;
}
