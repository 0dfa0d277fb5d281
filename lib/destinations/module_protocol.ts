// The messages between a module's process and the inbox, one line of JSON each. Replies
// start with a nonce that the process got before it loaded the module: the module's code,
// which can write to the same pipe, does not know it.

import type { EarlyEnd } from "./deadline.ts";
import type { AttemptFault, Dispatch } from "./destination.ts";

/** The hidden command that makes an executable the process of a module. */
export const MODULE_COMMAND = "host-module";

/** Longest request, in UTF-16 code units: the largest body as base64, and its event. */
export const REQUEST_LENGTH_MAX = 128 << 20;

/** Longest reply: what an attempt printed, and the keys of the handlers. */
export const REPLY_LENGTH_MAX = 1 << 20;

/** The most keys of event handlers in a reply. */
export const GLOBS_MAX = 1_000;

/** The first line to the process. */
export interface ModuleStart {
  readonly nonce: string;
  /** File URL of the module. */
  readonly url: string;
  /** The process ends itself if it uses more. */
  readonly memoryBytesMax: number;
}

/** Any later line to the process. */
export type ModuleRequest =
  | {
    readonly op: "run";
    readonly id: number;
    readonly dispatch: Omit<Dispatch, "body">;
    /** In base64. */
    readonly body: string;
  }
  /** The attempt has ended: its event handlers are aborted. */
  | { readonly op: "abort"; readonly id: number; readonly reason: EarlyEnd };

/** A reply of the process. */
export type ModuleReply =
  /** The keys of the module's event handlers. */
  | { readonly op: "loaded"; readonly globs: readonly string[] }
  | { readonly op: "unloadable"; readonly fault: string }
  /** Replies to `abort`: the process is not blocked. */
  | { readonly op: "alive" }
  | {
    readonly op: "ended";
    readonly id: number;
    /** Null on success. */
    readonly reason: AttemptFault | null;
    readonly isIgnored: boolean;
    readonly output: string;
  };
