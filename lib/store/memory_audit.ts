import {
  type AuditEntry,
  type AuditRecord,
  type AuditTrail,
  recordAfter,
} from "./audit.ts";

/** The audit trail of a store in memory, which is gone with it. */
export class MemoryAudit implements AuditTrail {
  readonly #records: AuditRecord[] = [];

  append(entry: AuditEntry, nowMs: number): Promise<AuditRecord> {
    const record = recordAfter(this.#records.at(-1), entry, nowMs);
    this.#records.push(record);
    return Promise.resolve(record);
  }

  last(): Promise<AuditRecord | undefined> {
    return Promise.resolve(this.#records.at(-1));
  }

  async *records(): AsyncIterable<AuditRecord> {
    yield* this.#records;
  }
}
