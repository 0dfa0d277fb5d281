// `audit`: who did what with the inbox.

import { counted } from "../views/counted.ts";
import { InboxError, StoreError } from "../errors.ts";
import { escapeInLine } from "../escape.ts";
import { localTime } from "../lines/local_time.ts";
import {
  type AuditMark,
  type AuditTrail,
  latestRecords,
  type VerifyOptions,
  verifyTrail,
  writeRecord,
} from "../store/audit.ts";
import { openAudit, openReader } from "../store/open_store.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { notify, print } from "./print.ts";
import { alignColumns } from "./table.ts";

const LIMIT = 20;
const LIMIT_MAX = 100_000;

/** `persona-inbox audit` */
export const auditCommand: Command = {
  name: "audit",
  summary: "Show who revealed and replayed what, and when it was started",
  operandsMax: 0,
  examples: [
    "audit",
    "audit --limit 1000 --json",
    "audit --verify",
    "audit --export audit.jsonl",
  ],
  flags: {
    limit: { value: "N", help: `the latest N records, ${LIMIT} by default` },
    verify: { help: "check that no record was changed or taken out" },
    head: {
      value: "HASH",
      help:
        "with --verify: a hash that the server logged, which must be among them",
    },
    export: { value: "FILE", help: "write all records into a new file" },
    ...JSON_FLAG,
    ...settingFlags("storeUrl"),
  },
  run: runAudit,
};

async function runAudit(args: Args, io: Io): Promise<number> {
  const limit = args.number("limit", { min: 1, max: LIMIT_MAX }) ?? LIMIT;
  const file = args.get("export");
  const head = args.get("head");
  if (head !== undefined && !args.has("verify")) {
    args.faults.push("--head says what --verify must find: add --verify");
  }
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    args.faults.push(
      "Cannot use --head as it must be the 64 hex digits of a hash that the server logged",
    );
  }
  const config = args.loadConfig("tool", io);
  const audit = openAudit(config.storeUrl);
  // Without a store there is no trail either: nothing to list, and nothing to prove.
  if (await audit.last() === undefined) openReader(config.storeUrl).close();
  const asJson = args.isJson(io);
  if (file !== undefined) await exportTo(file, audit, io);
  if (args.has("verify")) {
    const mark = await markOf(audit, io);
    return await verify(audit, { head, mark, asJson }, io);
  }
  if (file === undefined) await list(audit, { limit, asJson }, io);
  return 0;
}

/** The latest first, as events are listed. */
async function list(
  audit: AuditTrail,
  { limit, asJson }: { limit: number; asJson: boolean },
  io: Io,
): Promise<void> {
  const latest = await latestRecords(audit, limit);
  if (asJson) {
    for (const record of latest) await print(JSON.stringify(record), io);
    return;
  }
  if (latest.length === 0) return await notify("No records", io);
  const rows = latest.map((record) => [
    String(record.number),
    localTime(record.at),
    escapeInLine(record.by),
    record.act,
    escapeInLine(record.subject ?? ""),
    { text: escapeInLine(record.detail ?? ""), drop: 1 },
  ]);
  const heading = [
    "NUMBER",
    "AT",
    "BY",
    "ACT",
    "SUBJECT",
    { text: "DETAIL", drop: 1 },
  ];
  await print(
    alignColumns([heading, ...rows], io.stdoutColumns()).join("\n"),
    io,
  );
}

/** Reads the mark of the store: before the trail, which may get more records meanwhile. */
async function markOf(audit: AuditTrail, io: Io): Promise<AuditMark | null> {
  try {
    return await audit.mark?.() ?? null;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    await notify(
      `Cannot compare the end of the trail with the store: ${error.message}. ${error.hint}`,
      io,
    );
    return null;
  }
}

async function verify(
  audit: AuditTrail,
  { asJson, ...options }: VerifyOptions & { asJson: boolean },
  io: Io,
): Promise<number> {
  const { head } = options;
  const verdict = await verifyTrail(audit.records(), options);
  const text = verdict.ok
    ? `✓ ${counted(verdict.records, "record")}, whole up to the head: ${
      verdict.head || "none"
    }${head === undefined ? ". To check the end, add a --head of the log" : ""}`
    : `✗ Broken at record ${verdict.position}: ${verdict.fault}`;
  await print(asJson ? JSON.stringify(verdict) : text, io);
  const bytes = verdict.ok ? await audit.bytesLeftOver?.() ?? 0 : 0;
  if (bytes > 0) {
    await notify(
      `After it come ${bytes} bytes that are not a whole record: one is being written, or a crash cut it off before its act was done. The next record replaces them`,
      io,
    );
  }
  return verdict.ok ? 0 : 1;
}

/** Writes all records as they are, for whoever has no access to the store. */
async function exportTo(
  path: string,
  audit: AuditTrail,
  io: Io,
): Promise<void> {
  let records = 0;
  let isMade = false;
  try {
    using file = await Deno.open(path, {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    isMade = true;
    for await (const record of audit.records()) {
      records++;
      const line = `${record ? writeRecord(record) : null}\n`;
      const bytes = new TextEncoder().encode(line);
      // Not by file.writable, which loses what the disk says of the last write.
      for (let at = 0; at < bytes.length;) {
        at += await file.write(bytes.subarray(at));
      }
    }
  } catch (error) {
    // A part of a trail would pass for the whole.
    if (isMade) await Deno.remove(path);
    if (error instanceof InboxError) throw error;
    const [fact, hint] = exportFault(error);
    throw new InboxError(`Cannot write ${path}: ${fact}`, hint, {
      cause: error,
    });
  }
  await notify(`wrote ${path}: ${counted(records, "record")}`, io);
}

function exportFault(error: unknown): [fact: string, hint: string] {
  if (error instanceof Deno.errors.AlreadyExists) {
    return ["it is already there", "Choose another name"];
  }
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOSPC") return ["no space left", "Free space on its disk"];
  return [
    "the system does not allow it",
    "Check its folder and the rights to it",
  ];
}
