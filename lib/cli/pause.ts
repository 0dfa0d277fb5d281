// `pause` and `resume`: stop and resume dispatching to a destination.

import { aloneInStore } from "../app/alone_in_store.ts";
import { systemClock } from "../clock.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { Config } from "../config/settings.ts";
import { InboxError, UsageError } from "../errors.ts";
import { pausedText, unknownDestination } from "../views/pause_text.ts";
import { askServer, findServer, refusalOf } from "./ask_server.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { print } from "./print.ts";
import { recordAct } from "./record_act.ts";
import { withStderrLog } from "./stderr_logger.ts";
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
      const job = { name, destination, isPaused: name === "pause", config, io };
      if (!await byServer(job)) await alone(job);
      await tell(args, job);
      return 0;
    },
  };
}

interface Job {
  readonly name: "pause" | "resume";
  readonly destination: string;
  readonly isPaused: boolean;
  readonly config: Config;
  readonly io: Io;
}

/** Returns whether there is a server, which then did it. */
async function byServer({ name, destination, config, io }: Job) {
  const hint = `, or stop the server first: ${name} works without it`;
  const server = findServer(config, { command: name, hint });
  if (!server) return false;
  const path = `/api/destinations/${encodeURIComponent(destination)}/${name}`;
  const request = { command: name, path, content: {}, server };
  const answer = await askServer(request, io);
  if (answer.ok) return true;
  if (answer.message.startsWith("Unknown destination")) {
    throw new UsageError([answer.message]);
  }
  throw refusalOf(answer, { command: name });
}

async function alone(job: Job): Promise<void> {
  const { name, destination, isPaused, config, io } = job;
  const paused = await withReader(config, (reader) => reader.pauses());
  const names = config.destinations.map(({ name }) => name);
  const known = isPaused
    ? [...names, OWN_HANDLERS_NAME]
    : [...names, ...paused.map(({ destination }) => destination)];
  if (!known.includes(destination)) {
    throw new UsageError([unknownDestination(destination, names)]);
  }
  await recordAct(config.storeUrl, { act: name, subject: destination });
  const sinceMs = isPaused ? systemClock.nowMs() : null;
  const isDone = await withStderrLog(
    io,
    (logger) =>
      aloneInStore(
        config,
        logger,
        ({ store }) => store.setPause(destination, sinceMs),
      ),
  );
  if (!isDone) {
    throw new InboxError(
      `Cannot ${name}: the store did not accept it`,
      "See what it says above, then try again",
    );
  }
}

async function tell(args: Args, { destination, isPaused, io }: Job) {
  const asJson = args.isJson(io);
  const json = JSON.stringify({ destination, paused: isPaused });
  await print(asJson ? json : pausedText(destination, isPaused), io);
}
