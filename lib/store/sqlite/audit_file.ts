// The audit trail beside a store in SQLite: a file of JSON lines, so that a restored
// store does not take it back, and commands can append to it beside a server.

import { dirname } from "node:path";
import { StoreError } from "../../errors.ts";
import {
  type AuditEntry,
  type AuditMark,
  type AuditRecord,
  type AuditTrail,
  parseRecord,
  recordAfter,
  writeRecord,
} from "../audit.ts";
import { findAuditMark } from "./audit_mark.ts";
import { isMissing } from "./stat.ts";
import { describeSystemError } from "./system_fault.ts";

/** A record is far shorter. */
const LINE_BYTES_MAX = 16_384;
const NEWLINE = 10;

/**
 * Returns the path of the trail of a store, which has one by whatever link it is reached.
 */
export function auditPath(storePath: string): string {
  try {
    return `${Deno.realPathSync(storePath)}.audit.jsonl`;
  } catch {
    return `${storePath}.audit.jsonl`;
  }
}

/** An audit trail in a file. */
export class AuditFile implements AuditTrail {
  readonly #path: string;
  readonly #storePath: string | undefined;

  /**
   * @param path The file; created by the first record.
   * @param options `storePath` is the store beside it, which remembers its newest record.
   */
  constructor(path: string, options: { readonly storePath?: string } = {}) {
    this.#path = path;
    this.#storePath = options.storePath;
  }

  async append(entry: AuditEntry, nowMs: number): Promise<AuditRecord> {
    try {
      const options = { read: true, write: true, create: true, mode: 0o600 };
      using file = await Deno.open(this.#path, options);
      await file.lock(true);
      const end = await lastLine(file);
      const record = recordAfter(end.record, entry, nowMs);
      // What a crash left of a line was never acknowledged.
      await file.truncate(end.bytes);
      await file.seek(end.bytes, Deno.SeekMode.Start);
      const bytes = new TextEncoder().encode(`${writeRecord(record)}\n`);
      for (let done = 0; done < bytes.length;) {
        done += await file.write(bytes.subarray(done));
      }
      await file.syncData();
      if (end.bytes === 0) syncFolder(dirname(this.#path));
      return record;
    } catch (error) {
      throw this.#faultOf("Cannot record it in", error);
    }
  }

  async last(): Promise<AuditRecord | undefined> {
    try {
      using file = await Deno.open(this.#path);
      return (await lastLine(file)).record;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#faultOf("Cannot read", error);
    }
  }

  async mark(): Promise<AuditMark | null> {
    const path = this.#storePath;
    return path === undefined ? null : await findAuditMark(path);
  }

  async bytesLeftOver(): Promise<number> {
    try {
      using file = await Deno.open(this.#path);
      const { size } = await file.stat();
      return size - (await lastLine(file)).bytes;
    } catch (error) {
      if (isMissing(error)) return 0;
      throw this.#faultOf("Cannot read", error);
    }
  }

  async *records(): AsyncIterable<AuditRecord | undefined> {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(this.#path);
    } catch (error) {
      if (isMissing(error)) return;
      throw this.#faultOf("Cannot read", error);
    }
    let rest = "";
    for await (
      const text of file.readable.pipeThrough(
        new TextDecoderStream("utf-8", { ignoreBOM: true }),
      )
    ) {
      const lines = (rest + text).split("\n");
      // The last one is being written, or was never acknowledged.
      rest = lines.pop() ?? "";
      for (const line of lines) yield parseRecord(line);
    }
  }

  #faultOf(doing: string, error: unknown): unknown {
    if (error instanceof StoreError) return error;
    const fault = describeSystemError(error);
    if (!fault) return error;
    return new StoreError(
      `${doing} the audit trail ${this.#path}: ${fault.message}`,
      fault.hint,
      { cause: error },
    );
  }
}

/** The last whole line, and where it ends. */
async function lastLine(
  file: Deno.FsFile,
): Promise<{ record?: AuditRecord; bytes: number }> {
  const { size } = await file.stat();
  const from = Math.max(0, size - 2 * LINE_BYTES_MAX);
  await file.seek(from, Deno.SeekMode.Start);
  const tail = new Uint8Array(size - from);
  for (let done = 0; done < tail.length;) {
    const read = await file.read(tail.subarray(done));
    if (read === null) break;
    done += read;
  }
  const end = tail.lastIndexOf(NEWLINE) + 1;
  if (end === 0 && from === 0) return { bytes: 0 };
  const start = tail.lastIndexOf(NEWLINE, end - 2) + 1;
  const record = parseRecord(
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      tail.subarray(start, end - 1),
    ),
  );
  if (record) return { record, bytes: from + end };
  throw new StoreError(
    "Cannot use the audit trail: its last line is not a record",
    "See where: persona-inbox doctor. Stop the server and keep a copy of the file; then cut off what is no record, or move the file away to begin another",
  );
}

/** A new name is durable only once its folder is synced. */
function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}
