// `tail`: what comes in, and what becomes of it, as it happens.

import { localTime } from "../lines/local_time.ts";
import { matchesGlob } from "../persona/name_glob.ts";
import type { Screen } from "../lines/pretty_line.ts";
import { openSealedReader } from "../app/open_sealed.ts";
import type { Cursor, EventReader, News } from "../store/event_reader.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import { readConditionFlags } from "./condition_flags.ts";
import { follow, type Followed } from "./follow.ts";
import { sleepUnless } from "../sleep_unless.ts";
import type { Io } from "./io.ts";
import { notify, print } from "./print.ts";
import {
  attemptResult,
  attemptRowLine,
  eventLine,
  jsonLine,
} from "./tail_lines.ts";

const POLL_MS = 250;

/** `persona-inbox tail` */
export const tailCommand: Command = {
  name: "tail",
  summary: "Show events and attempts as they happen, until Ctrl-C",
  operandsMax: 0,
  examples: [
    "tail",
    "tail --since 1h --name 'inquiry.*'",
    "tail | jq 'select(.type == \"attempt\")'",
  ],
  flags: {
    name: {
      value: "GLOB",
      help: "only events of that name, and their attempts",
      multiple: true,
    },
    since: {
      value: "DURATION",
      help: "start earlier than now: 90s, 30m, 1h, 7d, or an ISO time",
    },
    follow: { short: "f", help: "keep following, which is the default" },
    ...JSON_FLAG,
    ...settingFlags("storeUrl"),
  },
  run: tail,
};

async function tail(args: Args, io: Io): Promise<number> {
  const { receivedSinceMs: sinceMs, names = [] } = readConditionFlags(
    args,
    ["names", "receivedSinceMs"],
  );
  const config = args.loadConfig("tool", io);
  const asJson = args.isJson(io);
  const screen = { color: io.stdoutHasColor, columns: io.stdoutColumns };
  const reader = await openSealedReader(config);
  const stop = new AbortController();
  const ignoreSignals = io.onStopSignal(() => stop.abort());
  const wait = async () => {
    await sleepUnless(stop.signal, POLL_MS, io.setTimer);
    return !stop.signal.aborted;
  };
  try {
    const from = sinceMs === undefined
      ? await reader.end()
      : await cursorSince(reader, sinceMs);
    if (io.stdoutIsTerminal) {
      const zone = localTime(new Date()).slice(19);
      await notify(`Waiting for events, Ctrl-C to stop. Times in ${zone}`, io);
    }
    for await (const followed of follow(reader, { from, wait })) {
      if (stop.signal.aborted) break;
      if (!isNamed(followed, names)) continue;
      if (asJson) await print(jsonLine(followed), io);
      else await io.stdout(`${await lineFor(followed, reader, screen)}\n`);
    }
    return 0;
  } finally {
    ignoreSignals();
    reader.close();
  }
}

/** The lines that a person reads. */
async function lineFor(
  { kind, row }: Followed,
  reader: EventReader,
  screen: Screen,
): Promise<string> {
  if (kind === "event") return eventLine(row, screen);
  return attemptRowLine(row, await attemptResult(reader, row), screen);
}

function isNamed(
  { kind, row }: Followed,
  globs: readonly string[],
): boolean {
  const name = kind === "event" ? row.name : row.eventName;
  return globs.length === 0 || globs.some((glob) => matchesGlob(glob, name));
}

/**
 * Finds the position before all that came in since a time. What comes in is stored in
 * the order of time, so that halving finds it, however much there is.
 *
 * @throws {StoreError} If the store cannot be read.
 */
async function cursorSince(
  reader: EventReader,
  sinceMs: number,
): Promise<Cursor> {
  const end = await reader.end();

  async function positionOf(
    field: keyof Cursor,
    firstOf: (news: News) => { position: number; timeMs: number } | undefined,
  ): Promise<number> {
    let least = 0;
    let most = end[field];
    while (least < most) {
      const middle = Math.floor((least + most) / 2);
      const first = firstOf(await reader.news({ ...end, [field]: middle }, 1));
      if (!first || first.timeMs >= sinceMs) most = middle;
      else least = first.position;
    }
    return least;
  }

  return {
    seq: await positionOf(
      "seq",
      ({ events: [row] }) =>
        row && { position: row.seq, timeMs: row.receivedAtMs },
    ),
    attemptSeq: await positionOf(
      "attemptSeq",
      ({ attempts: [row] }) =>
        row && { position: row.attemptSeq, timeMs: row.startedAtMs },
    ),
  };
}
