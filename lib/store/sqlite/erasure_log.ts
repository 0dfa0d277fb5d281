// What was erased, remembered in a file beside the store, which a restored backup of the
// store does not bring back. It holds keyed hashes and times, nothing of a person.

import { createHash, createHmac, randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { StoreError } from "../../errors.ts";
import type { ErasedId, ErasedObject, FoundLog, WholeLog } from "../erasure.ts";

/** The first line. */
interface Header {
  readonly format: "persona-inbox erasures 1";
  /** The key of the hashes. */
  readonly key: string;
}

const FORMAT = "persona-inbox erasures 1";

/** Returns the path of a store's log. */
export function erasureLogPath(storePath: string): string {
  return `${storePath.replace(/\.(?:db|sqlite3?)$/, "")}.erasures`;
}

/** The log of one store. */
export class ErasureLog implements FoundLog {
  readonly #path: string | null;
  #key = "";
  #entries: ErasedObject[] = [];
  /** The bytes of whole lines: a kill may have left a part of one more. */
  #bytes = 0;

  /**
   * Reads it.
   *
   * @param storePath The database file, links resolved; null for a store in memory.
   * @throws {StoreError} If it is damaged.
   */
  constructor(storePath: string | null) {
    this.#path = storePath === null ? null : erasureLogPath(storePath);
    const text = this.#path === null ? "" : readIfThere(this.#path);
    const end = text.lastIndexOf("\n") + 1;
    if (end === 0) return;
    const [head = "", ...lines] = text.slice(0, end - 1).split("\n");
    try {
      const { format, key }: Header = JSON.parse(head);
      if (format !== FORMAT || !key) throw new TypeError(format);
      this.#key = key;
      this.#entries = lines.map((line) => JSON.parse(line));
    } catch (error) {
      throw new StoreError(
        `${this.#path} is damaged: nobody can tell what was erased`,
        "Put the newest copy of it back. If there is none, move it away, and the next start says how to go on",
        { cause: error },
      );
    }
    this.#bytes = new TextEncoder().encode(text.slice(0, end)).length;
  }

  get name(): string {
    return this.#path ?? "memory";
  }

  get id(): string | null {
    if (this.#key === "") return null;
    return createHash("sha256").update(this.#key).digest("base64url");
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Entries after a position. */
  after(position: number): readonly ErasedObject[] {
    return this.#entries.slice(position);
  }

  /** All of it; null if there is none. */
  get whole(): WholeLog | null {
    return this.#key === "" ? null : { key: this.#key, entries: this.#entries };
  }

  /** Replaces all of it, durably. */
  replace({ key, entries }: WholeLog): void {
    if (this.#path === null) throw new TypeError("it is in memory");
    const header: Header = { format: FORMAT, key };
    const path = `${this.#path}.partial`;
    this.#bytes = 0;
    this.#write(path, [header, ...entries]);
    Deno.renameSync(path, this.#path);
    if (Deno.build.os !== "windows") sync(dirname(path));
    this.#key = key;
    this.#entries = [...entries];
  }

  /** The hash under which an object is remembered. */
  hashOf(objectId: string): string {
    return createHmac("sha256", this.#key).update(objectId).digest("base64url");
  }

  /** Remembers what was erased, durably. */
  append(erased: readonly ErasedId[]): void {
    const isNew = this.#key === "";
    if (isNew) this.#key = randomBytes(32).toString("base64url");
    const header: Header = { format: FORMAT, key: this.#key };
    const entries = erased.map(({ id, ...one }) => ({
      object: this.hashOf(id),
      ...one,
    }));
    const lines = isNew ? [header, ...entries] : entries;
    if (this.#path !== null) {
      this.#write(this.#path, lines);
      // Its name, too.
      if (isNew && Deno.build.os !== "windows") sync(dirname(this.#path));
    }
    this.#entries = [...this.#entries, ...entries];
  }

  #write(path: string, lines: readonly (Header | ErasedObject)[]): void {
    const bytes = new TextEncoder().encode(
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
    const options = { write: true, create: true, mode: 0o600 };
    using file = Deno.openSync(path, options);
    file.truncateSync(this.#bytes);
    file.seekSync(this.#bytes, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      at += file.writeSync(bytes.subarray(at));
    }
    file.syncSync();
    this.#bytes += bytes.length;
  }
}

function sync(folder: string): void {
  using opened = Deno.openSync(folder);
  opened.syncSync();
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
