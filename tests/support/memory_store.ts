import type { AcceptResult, Delivery, Store } from "../../lib/store/store.ts";

/** A store in a `Map`, whose troubles a test can choose. */
export class MemoryStore implements Store {
  readonly warnings = [];
  /** What was stored first under each id. */
  readonly stored = new Map<string, Delivery>();
  /** Replaces the storing: fails, throws, or never answers. */
  trouble: (() => Promise<AcceptResult>) | undefined;

  accept(delivery: Delivery): Promise<AcceptResult> {
    if (this.trouble) return this.trouble();
    const duplicate = this.stored.has(delivery.id);
    if (!duplicate) this.stored.set(delivery.id, delivery);
    return Promise.resolve({ ok: true, duplicate });
  }

  link(): Promise<boolean> {
    return Promise.resolve(false);
  }

  replacePayloads(): Promise<boolean> {
    return Promise.resolve(false);
  }

  bindKeyStore(): Promise<boolean> {
    return Promise.resolve(false);
  }

  erase(): Promise<"failed"> {
    return Promise.resolve("failed");
  }

  setHolds(): Promise<boolean> {
    return Promise.resolve(false);
  }

  removeHold(): Promise<boolean> {
    return Promise.resolve(false);
  }

  deferErasures(): Promise<boolean> {
    return Promise.resolve(false);
  }

  leaseRetention(): Promise<boolean> {
    return Promise.resolve(false);
  }

  expire(): Promise<null> {
    return Promise.resolve(null);
  }

  saveRetention(): Promise<boolean> {
    return Promise.resolve(false);
  }

  reclaim(): Promise<boolean> {
    return Promise.resolve(false);
  }

  readonly keyGeneration = 0;

  withUnerased(): Promise<void> {
    return Promise.reject(new Error("not here"));
  }

  exclusively(action: () => Promise<void>): Promise<void> {
    return action();
  }

  requeue(): Promise<boolean> {
    return Promise.resolve(false);
  }

  publishLocalUrl(): Promise<boolean> {
    return Promise.resolve(false);
  }

  publishDestinations(): Promise<boolean> {
    return Promise.resolve(false);
  }

  auditMark(): Promise<null> {
    return Promise.resolve(null);
  }

  rememberAudit(): Promise<boolean> {
    return Promise.resolve(true);
  }

  setPause(): Promise<boolean> {
    return Promise.resolve(false);
  }

  openReader(): never {
    throw new Error("nobody can look into it");
  }

  openOutboxes(): never {
    throw new Error("nothing is dispatched from it");
  }

  readonly ticket = null;
  readonly logBytes = 0;

  onChange(): void {}

  probe(): Promise<boolean> {
    return Promise.resolve(this.trouble === undefined);
  }

  close(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
