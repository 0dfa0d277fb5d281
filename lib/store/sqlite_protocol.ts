/**
 * What a store and its worker say to each other. Bodies travel in a shared buffer,
 * as to hand over one by one costs three times as much as to copy them.
 *
 * @module
 */

import type { Delivery } from "./store.ts";

/** A delivery whose body lies in the shared buffer. */
export type Shipped = Omit<Delivery, "body"> & {
  readonly offset: number;
  readonly length: number;
};

/** To the worker; each is answered once, in order. */
export type WorkerRequest =
  | { op: "open"; path: string; buffer: SharedArrayBuffer }
  | { op: "commit"; batch: readonly Shipped[] }
  | { op: "probe" }
  | { op: "close" };

/** From the worker. */
export type WorkerReply =
  | { ok: true; duplicates?: readonly boolean[] }
  | { ok: false; message: string; hint: string };
