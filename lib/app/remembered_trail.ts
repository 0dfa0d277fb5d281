import type {
  AuditEntry,
  AuditMark,
  AuditRecord,
  AuditTrail,
} from "../store/audit.ts";
import type { Store } from "../store/store.ts";

/**
 * An audit trail whose newest record the store remembers, so that a trail that is removed
 * or cut off at its end is found out.
 */
export class RememberedTrail implements AuditTrail {
  readonly #trail: AuditTrail;
  readonly #store: Pick<Store, "rememberAudit">;
  #mark: AuditMark | null;

  /** @param mark What the store remembers so far. */
  constructor(
    trail: AuditTrail,
    { store, mark }: {
      store: Pick<Store, "rememberAudit">;
      mark: AuditMark | null;
    },
  ) {
    this.#trail = trail;
    this.#store = store;
    this.#mark = mark;
  }

  /** The record that the trail must have. */
  get remembered(): AuditMark | null {
    return this.#mark;
  }

  async append(entry: AuditEntry, nowMs: number): Promise<AuditRecord> {
    const record = await this.#trail.append(entry, nowMs);
    // Others, such as a command's, may be in between: those are to be verified first.
    const follows = !this.#mark || record.previous === this.#mark.hash;
    if (follows) await this.remember(record);
    return record;
  }

  /** Remembers a record that is known to follow what is remembered. */
  async remember({ number, hash }: AuditMark): Promise<void> {
    if (this.#mark && number <= this.#mark.number) return;
    this.#mark = { number, hash };
    await this.#store.rememberAudit(this.#mark);
  }

  /** Remembers the first record of a new trail, in place of one that is gone. */
  async beginAt(first: AuditMark): Promise<void> {
    this.#mark = null;
    await this.remember(first);
  }

  last(): Promise<AuditRecord | undefined> {
    return this.#trail.last();
  }

  records(): AsyncIterable<AuditRecord | undefined> {
    return this.#trail.records();
  }
}
