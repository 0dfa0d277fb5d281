/**
 * The contract of an audit trail: who did what with the inbox, and when. It is
 * append-only and a hash chain: each record holds the hash of the one before, so that
 * nothing can be changed or taken out unseen but at its end, and the latest hash is
 * logged every hour, out of reach of who owns the file.
 *
 * A record never holds a payload value; a reference id is in it as a keyed hash only.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { isJsonObject, type JsonValue } from "../json/json.ts";

/** Acts that are recorded. */
export type AuditAct =
  | "start"
  | "settings"
  | "reveal"
  | "replay"
  | "send"
  | "erase"
  | "hold"
  | "release"
  | "pause"
  | "resume"
  | "keys";

/** Longer details would not fit the part of a file that is read for its last record. */
const DETAIL_CHARS_MAX = 4_000;

/** An act to record. */
export interface AuditEntry {
  readonly act: AuditAct;
  /** The name of a token, or a user of this machine. */
  readonly by: string;
  /** The id or the name of what it is about; null if that is not a single thing. */
  readonly subject: string | null;
  /** In words, without any payload value; what is too long is cut, and says so. */
  readonly detail: string | null;
}

/** A record that a trail must have. */
export type AuditMark = Pick<AuditRecord, "number" | "hash">;

/** A recorded act. */
export interface AuditRecord extends AuditEntry {
  /** Counted from 1. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  /** The hash of the record before; empty in the first. */
  readonly previous: string;
  /** SHA-256 in hex over all the rest. */
  readonly hash: string;
}

/** An audit trail, which several processes may append to. */
export interface AuditTrail {
  /**
   * Appends a record; resolves once it is durable.
   *
   * @throws {StoreError} If it cannot be recorded: then the act must not be done.
   */
  append(entry: AuditEntry, nowMs: number): Promise<AuditRecord>;
  /**
   * Reads the last record; undefined if there is none.
   *
   * @throws {StoreError} If it cannot be read.
   */
  last(): Promise<AuditRecord | undefined>;
  /**
   * Reads all records, oldest first; what is none comes as undefined.
   *
   * @throws {StoreError} If they cannot be read.
   */
  records(): AsyncIterable<AuditRecord | undefined>;
  /**
   * Reads the record that the store remembers, null if there is none. A trail that is
   * in its store has no need of it.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  mark?(): Promise<AuditMark | null>;
  /**
   * Counts the bytes after the last record: one that is being written, or that a crash
   * broke off and that was never acknowledged. A database has none.
   *
   * @throws {StoreError} If it cannot be read.
   */
  bytesLeftOver?(): Promise<number>;
}

/**
 * Reads the latest records of a trail.
 *
 * @param limit The most records.
 * @returns The records, latest first.
 * @throws {StoreError} If they cannot be read.
 */
export async function latestRecords(
  trail: Pick<AuditTrail, "records">,
  limit: number,
): Promise<AuditRecord[]> {
  const latest: AuditRecord[] = [];
  for await (const record of trail.records()) {
    if (record) latest.push(record);
    if (latest.length > limit) latest.shift();
  }
  return latest.reverse();
}

/** Records an act; rejects with a `StoreError` if it cannot: then it must not be done. */
export type Auditor = (entry: AuditEntry) => Promise<unknown>;

/** The result of verifying a trail. */
export type AuditVerdict =
  | {
    readonly ok: true;
    readonly records: number;
    /** The hash of the last record; empty without any. */
    readonly head: string;
  }
  | {
    readonly ok: false;
    /** The position of the first record that is wrong, counted from 1. */
    readonly position: number;
    readonly fault: string;
  };

/**
 * Makes the record that follows another.
 *
 * @param last The last record; undefined if it is the first.
 */
export function recordAfter(
  last: AuditRecord | undefined,
  { act, by, subject, detail }: AuditEntry,
  nowMs: number,
): AuditRecord {
  const record = {
    number: (last?.number ?? 0) + 1,
    at: new Date(nowMs).toISOString(),
    act,
    by,
    subject,
    detail: detail && bounded(detail),
    previous: last?.hash ?? "",
  };
  return { ...record, hash: hashOf(record) };
}

/** Two that differ only in what is cut off still differ. */
function bounded(detail: string): string {
  if (detail.length <= DETAIL_CHARS_MAX) return detail;
  const digest = createHash("sha256").update(detail).digest("hex");
  // Not between the halves of a character.
  const start = detail.slice(0, DETAIL_CHARS_MAX).replace(
    /[\ud800-\udbff]$/,
    "",
  );
  return `${start}… (${detail.length} characters, SHA-256 ${digest})`;
}

/**
 * Writes a record as JSON. The character for bytes that are no UTF-8 is escaped, so that
 * no byte that was changed reads as it.
 */
export function writeRecord(record: AuditRecord): string {
  return JSON.stringify(record).replaceAll("\ufffd", "\\ufffd");
}

/**
 * Parses a record that {@linkcode writeRecord} wrote.
 *
 * @returns The record; undefined if it is none, or was written differently.
 */
export function parseRecord(text: string): AuditRecord | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isRecord = isJsonObject(value) && typeof value.number === "number" &&
    typeof value.hash === "string" && typeof value.at === "string";
  if (!isRecord) return undefined;
  const { number, at, act, by, subject, detail, previous, hash } =
    value as unknown as AuditRecord;
  const record = { number, at, act, by, subject, detail, previous, hash };
  // The hash is over these: nothing may stand beside them, as another "by" would.
  return writeRecord(record) === text ? record : undefined;
}

/** Records that a trail must have; any trail will do without. */
export interface VerifyOptions {
  /** A hash from the log. */
  readonly head?: string | undefined;
  /** The newest one that the store remembers. */
  readonly mark?: AuditMark | null;
}

/** Verifies that a trail is whole, from record to record. */
export class TrailVerifier {
  readonly #options: VerifyOptions;
  #last: AuditRecord | undefined;
  #position = 0;
  #broken: AuditVerdict | undefined;
  #isHeadSeen: boolean;
  #isMarkSeen: boolean;

  constructor(options: VerifyOptions = {}) {
    this.#options = options;
    this.#isHeadSeen = options.head === undefined;
    this.#isMarkSeen = !options.mark;
  }

  /** Adds the next record, undefined if it is none. */
  add(record: AuditRecord | undefined): void {
    if (this.#broken) return;
    const position = ++this.#position;
    const fault = faultOf(record, this.#last, position);
    if (fault) this.#broken = { ok: false, position, fault };
    this.#last = record;
    this.#isHeadSeen ||= record?.hash === this.#options.head;
    this.#isMarkSeen ||= record?.hash === this.#options.mark?.hash;
  }

  /** The last record so far. */
  get last(): AuditRecord | undefined {
    return this.#last;
  }

  /** The verdict on all records so far. */
  get verdict(): AuditVerdict {
    if (this.#broken) return this.#broken;
    const position = this.#position;
    const { mark } = this.#options;
    if (mark && !this.#isMarkSeen) return lacking(mark, position);
    if (!this.#isHeadSeen) {
      const fault =
        "no record has the hash that was asked for: its end is gone";
      return { ok: false, position: position + 1, fault };
    }
    return { ok: true, records: position, head: this.#last?.hash ?? "" };
  }
}

function lacking({ number }: AuditMark, records: number): AuditVerdict {
  if (number <= records) {
    const fault = "it is not the one that the store remembers";
    return { ok: false, position: number, fault };
  }
  const what = records === 0
    ? "the trail was removed or emptied"
    : "the end of the trail is gone";
  const fault = `${what}: the store remembers record ${number}`;
  return { ok: false, position: records + 1, fault };
}

/** Verifies that a trail is whole. */
export async function verifyTrail(
  records: AsyncIterable<AuditRecord | undefined>,
  options: VerifyOptions = {},
): Promise<AuditVerdict> {
  const verifier = new TrailVerifier(options);
  for await (const record of records) verifier.add(record);
  return verifier.verdict;
}

function faultOf(
  record: AuditRecord | undefined,
  last: AuditRecord | undefined,
  position: number,
): string | undefined {
  if (!record) return "it is not a record";
  if (record.number !== position) return `it has the number ${record.number}`;
  if (record.previous !== (last?.hash ?? "")) {
    return "it does not follow the one before";
  }
  if (record.hash !== hashOf(record)) return "it was changed";
  return undefined;
}

function hashOf(record: Omit<AuditRecord, "hash">): string {
  const { number, at, act, by, subject, detail, previous } = record;
  const content = [previous, number, at, act, by, subject, detail];
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}
