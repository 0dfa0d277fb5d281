// `pause` and `resume`: stop and resume dispatching to a destination.

import { systemClock } from "../clock.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { Config } from "../config/settings.ts";
import { InboxError, UsageError } from "../errors.ts";
import { pausedText } from "../views/pause_text.ts";
import { unknownDestination } from "../views/unknown_destination.ts";
import { byHolder, inOwnStore } from "./by_holder.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { print } from "./print.ts";
import { recordedAct } from "./record_act.ts";
import { withReader } from "./with_reader.ts";

/** `persona-inbox pause` */
export const pauseCommand = pauseOrResume("pause", {
  summary: "Stop dispatching to a destination, until resume",
});

/** `persona-inbox resume` */
export const resumeCommand = pauseOrResume("resume", {
  summary: "Dispatch to a paused destination again",
});

function pauseOrResume(
  name: "pause" | "resume",
  { summary }: { summary: string },
): Command {
  return {
    name,
    summary,
    operands: "NAME",
    operandsMax: 1,
    examples: [`${name} app`],
    flags: {
      ...JSON_FLAG,
      ...settingFlags("storeUrl"),
    },
    async run(args, io) {
      const [destination = ""] = args.operands;
      if (destination === "") {
        args.faults.push(
          `${name} needs the name of a destination: ${name} NAME`,
        );
      }
      const config = args.loadConfig("tool", io);
      const isPaused = name === "pause";
      const job = { command: name, destination, isPaused, config, io };
      await byHolder(job, {
        path: `/api/destinations/${encodeURIComponent(destination)}/${name}`,
        content: {},
        here: () => setPause(job),
      });
      await tell(args, job);
      return 0;
    },
  };
}

interface Job {
  readonly command: "pause" | "resume";
  readonly destination: string;
  readonly isPaused: boolean;
  readonly config: Config;
  readonly io: Io;
}

async function setPause(job: Job): Promise<object> {
  const { command, destination, isPaused, config } = job;
  const paused = await withReader(config, (reader) => reader.pauses());
  const names = config.destinations.map(({ name }) => name);
  const known = isPaused
    ? [...names, OWN_HANDLERS_NAME]
    : [...names, ...paused.map(({ destination }) => destination)];
  if (!known.includes(destination)) {
    throw new UsageError([unknownDestination(destination, names)]);
  }
  const sinceMs = isPaused ? systemClock.nowMs() : null;
  const pause = () =>
    inOwnStore(job, ({ store }) => store.setPause(destination, sinceMs));
  const isDone = await recordedAct(pause, {
    storeUrl: config.storeUrl,
    act: command,
    subject: destination,
  });
  if (!isDone) {
    throw new InboxError(
      `Cannot ${command}: the store did not accept it`,
      "See what it says above, then try again",
    );
  }
  return {};
}

async function tell(args: Args, { destination, isPaused, io }: Job) {
  const asJson = args.isJson(io);
  const json = JSON.stringify({ destination, paused: isPaused });
  await print(asJson ? json : pausedText(destination, isPaused), io);
}
