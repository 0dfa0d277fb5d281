// Holds: what is on hold is not erased by anything.

import type { Clock } from "../clock.ts";
import { InboxError, StoreError } from "../errors.ts";
import type { AuditEntry, AuditTrail } from "../store/audit.ts";
import { audited } from "../store/audited.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { Link } from "../persona/links.ts";
import { findLinked } from "../store/find_linked.ts";
import { heldParts } from "../store/held_parts.ts";
import { type Hold, holdTarget, ownLink } from "../store/holds.ts";
import { createLinkTokens } from "../store/links.ts";
import type { Store } from "../store/store.ts";
import {
  type HeldTarget,
  holdInfo,
  type HoldOptions,
  type HoldResult,
  type ReleaseResult,
} from "../views/hold_info.ts";
import type { PersonEraser } from "./eraser.ts";
import type { Turns } from "./turns.ts";

/** The most objects that are counted. */
const COUNTED_MAX = 10_000;

/** Dependencies of {@linkcode Holder}. */
export interface HolderDeps {
  readonly store: Pick<Store, "setHolds" | "removeHold">;
  readonly reader: EventReader;
  readonly clock: Clock;
  readonly audit: Pick<AuditTrail, "append">;
  readonly eraser: Pick<PersonEraser, "eraseDeferred">;
  /** Shared with the eraser. */
  readonly turns: Turns;
  /** True if what Persona redacts is erased. */
  readonly erasesRedacted: boolean;
}

/** Makes holds, and ends them. */
export class Holder {
  readonly #deps: HolderDeps;

  constructor(deps: HolderDeps) {
    this.#deps = deps;
  }

  /**
   * Puts an object, or all that names a reference, on hold, stored yet or not.
   *
   * @throws {StoreError} If it cannot be recorded or stored.
   */
  async hold(
    target: HeldTarget,
    { reason, untilMs, by }: HoldOptions,
  ): Promise<HoldResult> {
    const { reader, clock, store, turns } = this.#deps;
    const progress = await reader.linkProgress();
    const isKeyStored = await reader.keyStoreId() === null;
    const hold: Hold = {
      ...holdTarget(target, progress, isKeyStored),
      reason,
      byWhom: by,
      atMs: clock.nowMs(),
      untilMs,
    };
    const link = linkOf(target);
    const findParts = () =>
      link
        ? heldParts(hold, [link], { reader, linkKey: hold.linkKey })
        : Promise.resolve([]);
    const replaced = await this.#find(target);
    const info = holdInfo(hold);
    const end = info.until === null ? "until released" : `until ${info.until}`;
    let parts: readonly Hold[] = [];
    await turns.take(async () => {
      const detail = `${kindText(hold)}${end}: ${reason}`;
      await this.#audited(
        { act: "hold", by, subject: hold.token, detail },
        async () => {
          // One with another key would stay beside it.
          const isAnother = replaced && replaced.token !== hold.token;
          parts = await findParts();
          const isHeld = await store.setHolds([hold, ...parts]);
          // What was linked meanwhile, before it was known to be held.
          const more = (await findParts()).filter(isNotIn(parts));
          return isHeld &&
            (more.length === 0 || await store.setHolds(more)) &&
            (!isAnother || await store.removeHold(replaced.token));
        },
      );
    });
    return {
      hold: info,
      objects: await this.#countObjects(target, parts),
      replaced: replaced ? holdInfo(replaced) : null,
    };
  }

  /**
   * Ends a hold; what Persona has redacted meanwhile is erased, unless something else
   * holds it.
   *
   * @param target As it was held; a reference also as an object with its keyed hash.
   * @throws {StoreError} If it cannot be recorded or stored.
   * @throws {InboxError} If there is no such hold.
   */
  async release(target: HeldTarget, by: string): Promise<ReleaseResult> {
    const { store, turns, eraser, erasesRedacted } = this.#deps;
    const hold = await this.#find(target);
    if (!hold) throw await this.#notFound(target);
    await turns.take(async () => {
      const { token: subject } = hold;
      const detail = `${kindText(hold)}held by ${hold.byWhom}: ${hold.reason}`;
      const entry = { act: "release", by, subject, detail } as const;
      await this.#audited(entry, () => store.removeHold(subject));
    });
    const erased = erasesRedacted ? await eraser.eraseDeferred() : [];
    return {
      hold: holdInfo(hold),
      erasedEvents: erased.reduce((sum, { events }) => sum + events, 0),
    };
  }

  async #audited(
    entry: AuditEntry & { readonly act: "hold" | "release" },
    act: () => Promise<boolean>,
  ): Promise<void> {
    const { audit, clock } = this.#deps;
    const isDone = await audited(act, {
      audit: (entry) => audit.append(entry, clock.nowMs()),
      entry,
    });
    if (!isDone) throw refused(entry.act);
  }

  async #find({ kind, value }: HeldTarget): Promise<Hold | undefined> {
    const { reader, clock } = this.#deps;
    const tokens = kind === "object"
      ? [value]
      : createLinkTokens(await reader.linkProgress())({ kind, value });
    const holds = await reader.holds(clock.nowMs());
    return holds.find(({ token, ofToken }) =>
      ofToken === null && tokens.includes(token)
    );
  }

  async #notFound({ kind, value }: HeldTarget): Promise<InboxError> {
    const { reader, clock } = this.#deps;
    const nowMs = clock.nowMs();
    // A reference belongs to nothing, whatever is spelled like it.
    const objectIds = kind === "object" ? [value] : [];
    const held = await reader.heldOf({ objectIds, nowMs });
    const [hold] = held.get(value) ?? [];
    const name = kind === "object" ? value : "that reference";
    if (!hold) {
      return new InboxError(
        `Nothing to release: ${name} is not on hold`,
        "List what is with hold --list",
      );
    }
    return new InboxError(
      `Cannot release ${name}: what it belongs to is on hold, ${
        hold.ofToken ?? hold.token
      }`,
      hold.kind === "object"
        ? `Release that: release ${hold.ofToken ?? hold.token}`
        : "Release its reference: release --reference",
    );
  }

  async #countObjects(
    { kind, value }: HeldTarget,
    parts: readonly Hold[],
  ): Promise<number> {
    const { reader } = this.#deps;
    const link = linkOf({ kind, value });
    const objectIds = new Set(
      link ? (await findLinked([link], reader)).objectIds : [],
    );
    const tokens = parts.flatMap(({ linkToken }) => linkToken ?? []);
    const belonging = await reader.linkedObjects({
      tokens,
      limit: COUNTED_MAX,
    });
    for (const id of belonging) objectIds.add(id);
    if (kind === "object") objectIds.add(value);
    // Of what was erased before, nothing is left to hold.
    let count = 0;
    for (const id of objectIds) {
      const filter = { objectIds: [id], isErased: false, limit: 1 };
      count += (await reader.list(filter)).length;
    }
    return count;
  }
}

/** The link that puts objects on hold. */
function linkOf({ kind, value }: HeldTarget): Link | undefined {
  return kind === "reference" ? { kind, value } : ownLink(value);
}

function isNotIn(known: readonly Hold[]) {
  return ({ token }: Hold) => known.every((one) => one.token !== token);
}

function kindText({ kind }: Hold): string {
  return kind === "reference" ? "a reference, " : "";
}

function refused(command: string): StoreError {
  return new StoreError(
    `Cannot ${command}: the store did not accept it`,
    `Look for store failed in the log, fix that, and ${command} again`,
  );
}
