/**
 * What a store and its worker say to each other. Bodies travel in a shared buffer,
 * as to hand over one by one costs three times as much as to copy them.
 *
 * @module
 */

import type { Acceptance } from "../group_commit.ts";
import type { AttemptRecord, Requeue } from "../store.ts";

/**
 * A delivery whose body lies in the shared buffer at an offset, with a length. A
 * tuple, as the names of an object's members would travel with every one.
 */
export type Shipped = readonly [
  id: string,
  name: string,
  objectType: string | null,
  objectId: string | null,
  createdAtMs: number | null,
  receivedAtMs: number,
  secretFingerprint: string | null,
  attemptsMade: number | null,
  attemptsLeft: number | null,
  firstAttemptedAtMs: number | null,
  contentType: string | null,
  offset: number,
  length: number,
  destinations: readonly string[],
];

/**
 * Copies a batch's bodies into the buffer.
 *
 * @param batch What to accept; its bodies fit together.
 * @param buffer Shared with the worker.
 * @returns What to send along.
 */
export function pack(
  batch: readonly Acceptance[],
  buffer: Uint8Array<SharedArrayBuffer>,
): Shipped[] {
  let offset = 0;
  return batch.map(({ delivery, destinations }) => {
    const { body } = delivery;
    buffer.set(body, offset);
    offset += body.length;
    return [
      delivery.id,
      delivery.name,
      delivery.objectType,
      delivery.objectId,
      delivery.createdAtMs,
      delivery.receivedAtMs,
      delivery.secretFingerprint,
      delivery.attemptsMade,
      delivery.attemptsLeft,
      delivery.firstAttemptedAtMs,
      delivery.contentType,
      offset - body.length,
      body.length,
      destinations,
    ];
  });
}

/**
 * The way back from {@linkcode pack}.
 *
 * @param batch What was sent along.
 * @param buffer Where the bodies are; they stay there.
 * @returns What to accept.
 */
export function unpack(
  batch: readonly Shipped[],
  buffer: Uint8Array<SharedArrayBuffer>,
): Acceptance[] {
  return batch.map((shipped) => {
    const [
      id,
      name,
      objectType,
      objectId,
      createdAtMs,
      receivedAtMs,
      secretFingerprint,
      attemptsMade,
      attemptsLeft,
      firstAttemptedAtMs,
      contentType,
      offset,
      length,
      destinations,
    ] = shipped;
    const delivery = {
      id,
      name,
      objectType,
      objectId,
      createdAtMs,
      receivedAtMs,
      secretFingerprint,
      attemptsMade,
      attemptsLeft,
      firstAttemptedAtMs,
      contentType,
      body: buffer.subarray(offset, offset + length),
    };
    return { delivery, destinations };
  });
}

/** To the worker; each is answered once, in order. */
export type WorkerRequest =
  | {
    op: "open";
    path: string;
    buffer: SharedArrayBuffer;
    /** Leads to the checkpointer. */
    port: MessagePort;
  }
  | {
    op: "commit";
    acceptances: readonly Shipped[];
    records: readonly AttemptRecord[];
    requeues: readonly Requeue[];
  }
  | { op: "probe" }
  | { op: "announce"; localUrl: string | null }
  | { op: "close" };

/** To the checkpointer, once the store is open. */
export interface CheckpointerStart {
  path: string;
  /** Leads to the worker. */
  port: MessagePort;
}

/** From the worker to the checkpointer; each is answered with nothing. */
export type CheckpointerRequest = "checkpoint" | "close";

/** From the worker. */
export type WorkerReply =
  | { ok: true; duplicates?: readonly boolean[] }
  | { ok: false; message: string; hint: string };
