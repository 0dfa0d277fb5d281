/**
 * Deliveries as bytes for the wire, signed before the clock starts.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { type EventIds, EventTemplate, freshIds } from "./event_template.ts";

const T_PLACEHOLDER = "0".repeat(10);
const MAC_PLACEHOLDER = "0".repeat(64);

/** Objects that have events at a time. */
const OBJECTS = 64;

/** Distinct signed requests; more than were made beforehand are made on the way. */
export class RequestPool {
  readonly #template = new EventTemplate();
  readonly #encoder = new TextEncoder();
  readonly #secret: string;
  readonly #requests: Uint8Array[] = [];
  readonly #bodyAt: number;
  readonly #tAt: number;
  readonly #macAt: number;
  readonly #perObject: number;
  readonly #objectIds: string[] = [];

  /**
   * @param secret What signs.
   * @param count How many to make now.
   * @param perObject How many events each object gets, with those of others between them.
   */
  constructor(secret: string, count: number, perObject = 1) {
    this.#secret = secret;
    this.#perObject = perObject;
    const head = requestHead(this.#template.length);
    this.#bodyAt = head.length;
    this.#tAt = head.indexOf(T_PLACEHOLDER);
    this.#macAt = head.indexOf(MAC_PLACEHOLDER);
    const headBytes = this.#encoder.encode(head);
    for (let index = 0; index < count; index++) {
      const request = new Uint8Array(head.length + this.#template.length);
      request.set(headBytes);
      this.#template.write(request.subarray(this.#bodyAt), this.#ids(index));
      this.#sign(request);
      this.#requests.push(request);
    }
  }

  /** Of a request, in bytes. */
  get requestLength(): number {
    return this.#bodyAt + this.#template.length;
  }

  /**
   * @param index Counts up; what was taken `count` calls ago must be done with.
   * @returns A request that was not there before.
   */
  take(index: number): Uint8Array {
    const turn = index % this.#requests.length;
    const request = this.#requests[turn]!;
    if (index >= this.#requests.length) {
      this.#template.setIds(request.subarray(this.#bodyAt), this.#ids(turn));
      this.#sign(request);
    }
    return request;
  }

  #ids(turn: number): EventIds {
    const ids = freshIds();
    const at = turn % OBJECTS;
    const isNew = turn % (OBJECTS * this.#perObject) < OBJECTS;
    if (isNew) this.#objectIds[at] = ids.objectId;
    return { ...ids, objectId: this.#objectIds[at]! };
  }

  #sign(request: Uint8Array): void {
    const t = String(Math.floor(Date.now() / 1000));
    const mac = createHmac("sha256", this.#secret).update(`${t}.`)
      .update(request.subarray(this.#bodyAt)).digest("hex");
    this.#encoder.encodeInto(t, request.subarray(this.#tAt));
    this.#encoder.encodeInto(mac, request.subarray(this.#macAt));
  }
}

/** The headers that Persona sends. */
function requestHead(bodyLength: number): string {
  return [
    "POST /webhook HTTP/1.1",
    "host: 127.0.0.1",
    "user-agent: persona-inbox-bench",
    "content-type: application/json; charset=utf-8",
    `persona-signature: t=${T_PLACEHOLDER},v1=${MAC_PLACEHOLDER}`,
    "persona-webhook-attempts-made: 1",
    "persona-webhook-attempts-left: 7",
    "persona-webhook-first-attempted-at: 1768478400",
    `content-length: ${bodyLength}`,
    "\r\n",
  ].join("\r\n");
}
