/**
 * Starts on what a crash left, and looks for what was promised.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { openSealedStore } from "../../lib/app/open_sealed.ts";
import {
  type EncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { DATABASE, KEY_STORE, type Recording } from "./recording.ts";
import type { CrashState, Promises } from "./states.ts";

/** What is in a store: the hash of the body and the status, by the id of the event. */
type Contents = ReadonlyMap<string, { body: string; status: string }>;

/** Checks states one after the other, in a folder of its own. */
export class CrashChecker {
  readonly #folder: string;
  readonly #bodies: ReadonlyMap<string, string>;
  readonly #keys: readonly EncryptionKey[];
  /** By the hash of the database that SQLite makes of a state. */
  readonly #known = new Map<string, Contents | string>();

  /**
   * @param folder An empty folder, best in memory.
   * @param recording What the states come from.
   */
  constructor(folder: string, { bodies, encryptionKey }: Recording) {
    this.#folder = folder;
    const parsed = parseEncryptionKeys(encryptionKey ?? "");
    this.#keys = parsed.ok ? parsed.keys : [];
    this.#bodies = new Map([...bodies].map(([id, body]) => [id, hashOf(body)]));
  }

  /** How many different databases came out of the states. */
  get databases(): number {
    return this.#known.size;
  }

  /**
   * Opens a state with SQLite, which recovers it; a database that did not come out of
   * another one before is checked page by page, and the store starts on the state
   * itself.
   *
   * @param state Files after a crash.
   * @returns What is wrong; nothing when all is there.
   */
  async check(state: CrashState): Promise<string | undefined> {
    const recovered = this.#recover(state);
    if ("fault" in recovered) return recovered.fault;
    let contents = this.#known.get(recovered.hash);
    if (contents === undefined) {
      contents = recovered.isSound()
        ? await this.#start(state)
        : "integrity_check finds faults";
      this.#known.set(recovered.hash, contents);
    }
    if (typeof contents === "string") return contents;
    return this.#broken(state.promises, contents);
  }

  #recover(state: CrashState) {
    const path = this.#write(state);
    const keyStore = `${this.#folder}/${KEY_STORE}`;
    const paths = state.files.has(KEY_STORE) ? [path, keyStore] : [path];
    try {
      const hashes = paths.map((path) => {
        const db = new DatabaseSync(path);
        db.exec(
          "PRAGMA synchronous = OFF; PRAGMA wal_checkpoint(TRUNCATE)",
        );
        db.close();
        return hashOf(Deno.readFileSync(path));
      });
      return { hash: hashes.join(), isSound: () => paths.every(isSound) };
    } catch (error) {
      return { fault: `SQLite cannot recover it: ${error}` };
    }
  }

  async #start(state: CrashState): Promise<Contents | string> {
    const path = this.#write(state);
    let fault: string | undefined;
    try {
      const config = {
        storeUrl: `sqlite:${path}`,
        encryptionKeys: this.#keys,
        keyStoreUrl: null,
      };
      const store = await openSealedStore(config, {
        bodyBytesMax: 1 << 20,
        onFailure: ({ message }) => fault = message,
      });
      const reader = store.openReader();
      try {
        const contents = new Map<string, { body: string; status: string }>();
        for (const { id, status } of await reader.list({ limit: 100_000 })) {
          if (contents.has(id)) return `${id} is stored twice`;
          const stored = await reader.get(id);
          if (stored?.unreadable) return `${id} is there without its key`;
          contents.set(id, { body: hashOf(stored?.body), status });
        }
        if (!await store.probe()) return `it cannot store: ${fault}`;
        return contents;
      } finally {
        reader.close();
        await store.close();
      }
    } catch (error) {
      return `the store cannot start: ${error}`;
    }
  }

  #broken({ stored, done }: Promises, contents: Contents): string | undefined {
    for (const id of stored) {
      const found = contents.get(id);
      if (!found) return `${id} was answered with 200 and is lost`;
      if (found.body !== this.#bodies.get(id)) {
        return `the body of ${id} is another`;
      }
    }
    for (const id of done) {
      if (contents.get(id)?.status === "done") continue;
      return `the attempt of ${id} is lost, though the next one of its lane was made`;
    }
    return undefined;
  }

  #write({ files }: CrashState): string {
    for (const { name } of Deno.readDirSync(this.#folder)) {
      Deno.removeSync(`${this.#folder}/${name}`);
    }
    for (const [name, bytes] of files) {
      Deno.writeFileSync(`${this.#folder}/${name}`, bytes);
    }
    return `${this.#folder}/${DATABASE}`;
  }
}

function isSound(path: string): boolean {
  const db = new DatabaseSync(path);
  try {
    const [row, ...more] = db.prepare("PRAGMA integrity_check").all();
    return row?.integrity_check === "ok" && more.length === 0;
  } catch {
    return false; // It cannot even be read.
  } finally {
    db.close();
  }
}

function hashOf(bytes: Uint8Array = new Uint8Array()): string {
  return createHash("sha256").update(bytes).digest("base64");
}
