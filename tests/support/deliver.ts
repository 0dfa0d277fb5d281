/**
 * Signed deliveries to a server that runs, and the account of what it acknowledged.
 *
 * @module
 */

import { assert } from "@std/assert";
import { Buffer } from "node:buffer";
import { openSealedReader } from "../../lib/app/open_sealed.ts";
import type { EncryptionKey } from "../../lib/encryption_key.ts";
import type { EventReader } from "../../lib/store/event_reader.ts";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import {
  bytesOf,
  eventText,
  headerOf,
  type SigningOptions,
} from "./signed_delivery.ts";

/**
 * Delivers a body as Persona would.
 *
 * @param url Of the server.
 * @param body The body.
 * @param options What it is signed with.
 * @returns The answer; its body has been read.
 * @throws {TypeError} When there is none.
 */
export async function deliver(
  url: string,
  body: string,
  options: SigningOptions = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const timestamp = Math.floor(Date.now() / 1000);
  const response = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json; charset=utf-8",
      "persona-signature": headerOf(body, { timestamp, ...options }),
    },
    body,
  });
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

/** Asks for a path: the status. */
export async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

/** Sends events of its own making and remembers which were acknowledged. */
export class Account {
  readonly #acknowledged = new Map<string, number>();
  readonly #checked = new Set<string>();
  readonly #bodyBytes: number;
  readonly #keys: readonly EncryptionKey[];
  #last = 0;

  /**
   * @param bodyBytes About how large the bodies are.
   * @param keys Of a server that encrypts: each event has an object of its own then.
   */
  constructor(bodyBytes = 1_000, keys: readonly EncryptionKey[] = []) {
    this.#bodyBytes = bodyBytes;
    this.#keys = keys;
  }

  /** How many events were acknowledged. */
  get size(): number {
    return this.#acknowledged.size;
  }

  /** Delivers an event, a new one unless said: the status. */
  async deliver(url: string, id = this.nextId()): Promise<number> {
    const { status, headers } = await deliver(url, this.#bodyOf(id));
    if (status === 200) {
      this.#acknowledged.set(id, (this.#acknowledged.get(id) ?? 0) + 1);
    }
    if (status === 503) assert(headers.get("retry-after"), "no retry-after");
    return status;
  }

  /** Delivers new events until it is refused, and then so many times more. */
  async deliverUntilRefused(url: string, times: number): Promise<void> {
    let refused = 0;
    for (let sent = 0; refused < times; sent++) {
      const status = await this.deliver(url);
      assert(status === 200 || status === 503, `answered ${status}`);
      if (status === 503) refused++;
      assert(sent < 2_000, "it is never refused");
    }
  }

  /** The id of a new event. */
  nextId(): string {
    return `evt_${++this.#last}`;
  }

  /** The id of an event that was sent before, if there is one. */
  anyId(): string {
    return `evt_${Math.ceil(Math.random() * Math.max(this.#last, 1))}`;
  }

  /**
   * Looks for all that was acknowledged: there, once, byte for byte.
   *
   * @param storePath The database file.
   * @param options Whether bodies that were looked at before are so again.
   */
  async check(
    storePath: string,
    options: { again?: boolean } = {},
  ): Promise<void> {
    if (options.again) this.#checked.clear();
    const reader = await this.#open(storePath);
    try {
      const seen = new Map<string, number>();
      const rows = await reader.list({ limit: 1_000_000 });
      for (const { id, duplicates } of rows) {
        assert(!seen.has(id), `${id} is stored twice`);
        seen.set(id, duplicates);
      }
      for (const [id, times] of this.#acknowledged) {
        const duplicates = seen.get(id);
        assert(duplicates !== undefined, `${id} was acknowledged and is lost`);
        assert(duplicates >= times - 1, `${id}: a duplicate is not counted`);
        if (this.#checked.has(id)) continue;
        this.#checked.add(id);
        const body = Buffer.from((await reader.get(id))?.body ?? []);
        assert(body.equals(bytesOf(this.#bodyOf(id))), `${id} was changed`);
      }
    } finally {
      reader.close();
    }
  }

  /** Differs from event to event all over. */
  #bodyOf(id: string): string {
    const note = `${id} é `.repeat(this.#bodyBytes / (id.length + 3));
    const text = eventText(id, note);
    return this.#keys.length > 0 ? text.replace("inq_1", `inq_${id}`) : text;
  }

  async #open(storePath: string): Promise<EventReader> {
    const encryptionKeys = this.#keys;
    if (encryptionKeys.length === 0) return openSqliteReader(storePath);
    const storeUrl = `sqlite:${storePath}`;
    const config = { storeUrl, encryptionKeys, keyStoreUrl: null };
    return await openSealedReader(config);
  }
}
