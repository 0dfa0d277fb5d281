// `hold` and `release`: keep what is stored from every erasure, and end that.

import { systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import { escapeInLine } from "../escape.ts";
import { localTime } from "../lines/local_time.ts";
import { IDENTIFIER_LENGTH_MAX, isIdentifier } from "../persona/identifier.ts";
import { parseUntil, UNTIL_KIND } from "../since.ts";
import {
  type HeldTarget,
  heldText,
  type HoldInfo,
  type HoldResult,
  listedHolds,
  releasedText,
  type ReleaseResult,
} from "../views/hold_info.ts";
import { isReason, REASON_KIND } from "../views/hold_reason.ts";
import { byHolder, inOwnStore } from "./by_holder.ts";
import {
  type Args,
  type Command,
  type Flag,
  JSON_FLAG,
  settingFlags,
} from "./command.ts";
import type { Io } from "./io.ts";
import { localUser } from "./record_act.ts";
import { notify, print } from "./print.ts";
import { resolveIds } from "../store/resolve_ids.ts";
import { alignColumns } from "./table.ts";
import { withReader } from "./with_reader.ts";

const FLAGS: Readonly<Record<string, Flag>> = {
  reference: {
    value: "REF",
    help: "all objects that name this reference id, now or later",
  },
  ...JSON_FLAG,
  ...settingFlags("storeUrl"),
};

/** `persona-inbox hold` */
export const holdCommand: Command = {
  name: "hold",
  summary: "Keep an object from erasure, redaction and retention",
  operands: "[ID]",
  operandsMax: 1,
  examples: [
    'hold inq_8kYQdT4ZVvpLmLvkUB1W8tMH --reason "case 4711"',
    'hold --reference user-7 --reason "money laundering law" --until 5y',
    "hold --list",
  ],
  flags: {
    ...FLAGS,
    reason: {
      value: "TEXT",
      help: "why: kept in the clear, also in the audit trail",
    },
    until: {
      value: "TIME",
      help: "when it ends by itself: 90d, 5y or an ISO time (default: never)",
    },
    list: { help: "list what is on hold" },
  },
  async run(args, io) {
    if (args.has("list")) return await list(args, io);
    const asked = readTarget(args, "hold");
    const reason = args.get("reason");
    if (reason === undefined) {
      args.faults.push("hold needs a reason: --reason TEXT");
    } else if (!isReason(reason)) {
      args.faults.push(`Cannot use --reason as it must be ${REASON_KIND}`);
    }
    const until = args.get("until");
    const untilMs = until === undefined
      ? null
      : parseUntil(until, systemClock.nowMs());
    if (untilMs === undefined) {
      args.faults.push(`Cannot use --until as it must be ${UNTIL_KIND}`);
    }
    const config = args.loadConfig("tool", io);
    if (reason === undefined || untilMs === undefined) return 2;
    const target = await complete(asked, config);
    const text = untilMs === null ? null : new Date(untilMs).toISOString();
    const job = { command: "hold", config, io };
    const options = { reason, untilMs, by: localUser() };
    const result = await byHolder<HoldResult>(job, {
      path: "/api/hold",
      content: {
        [target.kind]: target.value,
        reason,
        ...(text !== null && { until: text }),
      },
      here: () => inOwnStore(job, ({ holder }) => holder.hold(target, options)),
    });
    await tell(args, io, { result, text: heldText(result) });
    if (result.objects === 0 && target.kind === "object") {
      // On a terminal, that was just said.
      const fact = args.isJson(io)
        ? `No payload of ${target.value} is stored. `
        : "";
      const hint = "Is it the id of an object? A reference needs --reference";
      await notify(`${fact}${hint}`, io);
    }
    return 0;
  },
};

/** `persona-inbox release` */
export const releaseCommand: Command = {
  name: "release",
  summary: "End a hold; what Persona has redacted meanwhile is erased then",
  operands: "[ID]",
  operandsMax: 1,
  examples: [
    "release inq_8kYQdT4ZVvpLmLvkUB1W8tMH",
    "release --reference user-7",
  ],
  flags: FLAGS,
  async run(args, io) {
    const asked = readTarget(args, "release");
    const config = args.loadConfig("tool", io);
    const target = await complete(asked, config);
    const job = { command: "release", config, io };
    const by = localUser();
    const result = await byHolder<ReleaseResult>(job, {
      path: "/api/release",
      content: { [target.kind]: target.value },
      here: () => inOwnStore(job, ({ holder }) => holder.release(target, by)),
    });
    await tell(args, io, { result, text: releasedText(result) });
    return 0;
  },
};

function readTarget(args: Args, command: string): HeldTarget {
  const { operands: [id], faults } = args;
  const reference = args.get("reference");
  const target = reference === undefined
    ? { kind: "object", value: id ?? "" } as const
    : { kind: "reference", value: reference } as const;
  if ((id === undefined) === (reference === undefined)) {
    faults.push(
      `${command} needs the id of an object or a reference: ${command} ID, or ${command} --reference REF`,
    );
  } else if (!isIdentifier(target.value)) {
    faults.push(
      `Cannot ${command} as the id must be 1 to ${IDENTIFIER_LENGTH_MAX} characters, without control characters`,
    );
  } else if (id?.startsWith("evt_")) {
    faults.push(
      `Cannot ${command} ${id}, as it is an event: give its object's id, which events ${id} shows`,
    );
  }
  return target;
}

/** Completes the beginning of an object's id, as all commands do. */
async function complete(
  { kind, value }: HeldTarget,
  config: Config,
): Promise<HeldTarget> {
  // Fails without a store: a hold creates none.
  return await withReader(config, async (reader) => {
    await reader.end();
    if (kind === "reference") return { kind, value };
    const [whole = value] = await resolveIds([value], "object", reader);
    return { kind, value: whole };
  });
}

async function tell(
  args: Args,
  io: Io,
  { result, text }: { result: object; text: string },
): Promise<void> {
  const asJson = args.isJson(io);
  await print(asJson ? JSON.stringify(result) : text, io);
}

async function list(args: Args, io: Io): Promise<number> {
  const others = ["reference", "reason", "until"].filter((name) =>
    args.has(name)
  );
  if (args.operands.length > 0 || others.length > 0) {
    args.faults.push("--list lists all holds: give it alone");
  }
  const config = args.loadConfig("tool", io);
  const holds = await withReader(
    config,
    (reader) => listedHolds(reader, systemClock.nowMs()),
  );
  if (args.isJson(io)) {
    for (const hold of holds) await print(JSON.stringify(hold), io);
  } else if (holds.length === 0) await notify("Nothing is on hold", io);
  else {
    const rows = holds.map(holdCells);
    const lines = alignColumns([HEADINGS, ...rows], io.stdoutColumns());
    await print(lines.join("\n"), io);
  }
  return 0;
}

const HEADINGS = ["ON HOLD", "SINCE", "UNTIL", "BY", "REASON"];

function holdCells({ kind, id, since, until, by, reason }: HoldInfo): string[] {
  const name = escapeInLine(id);
  return [
    kind === "object" ? name : `reference ${name}`,
    localTime(since),
    until === null ? "released" : localTime(until),
    escapeInLine(by),
    escapeInLine(reason),
  ];
}
