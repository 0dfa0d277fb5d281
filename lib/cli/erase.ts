// `erase`: destroys the stored payloads of a person.

import { REBUILT } from "../app/erasure_detail.ts";
import { openConfiguredStore } from "../app/app.ts";
import { UsageError } from "../errors.ts";
import {
  type EraseResult,
  type EraseTarget,
  eraseText,
  heldBack,
  keptLines,
  refusesHeld,
} from "../views/erase_result.ts";
import { locateStore } from "../store/open_store.ts";
import { localUser, recordedAct } from "./record_act.ts";
import { counted } from "../views/counted.ts";
import { byHolder, inOwnStore, type StoreJob } from "./by_holder.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { notify, print } from "./print.ts";
import { withStderrLog } from "./stderr_logger.ts";
import { withReader } from "./with_reader.ts";

const KINDS = ["object", "reference", "account"] as const;

/** Objects that are listed on a terminal. */
const LISTED_MAX = 50;

/** `persona-inbox erase` */
export const eraseCommand: Command = {
  name: "erase",
  summary: "Destroy the stored payloads of a person for good",
  operandsMax: 0,
  examples: [
    "erase --reference user-7 --dry-run",
    "erase --object inq_8kYQdT4ZVvpLmLvkUB1W8tMH",
    "erase --account act_XyZ4kN2cTbZ1mPqR --yes",
  ],
  flags: {
    object: {
      value: "ID",
      help:
        "an object, and all that belongs to the same person; or one event alone",
    },
    reference: {
      value: "REF",
      help: "all objects that name this reference id, and what belongs to them",
    },
    account: {
      value: "ID",
      help: "all objects of this account, and what belongs to them",
    },
    "rebuild-log": {
      help: "rebuild the missing log of erasures from what the store knows",
    },
    "except-held": {
      help: "erase the rest of what is on hold in part, instead of nothing",
    },
    "dry-run": { short: "n", help: "only print what would be erased" },
    yes: { help: "do not ask; required without a terminal" },
    ...JSON_FLAG,
    ...settingFlags("storeUrl"),
  },
  run,
};

async function run(args: Args, io: Io): Promise<number> {
  if (args.has("rebuild-log")) return await rebuildLog(args, io);
  const target = readTarget(args);
  const config = args.loadConfig("tool", io);
  // Fails without a store: an erasure creates none.
  await withReader(config, (reader) => reader.end());
  const job = { command: "erase", config, io };
  const isDryRun = args.has("dry-run");
  const exceptHeld = args.has("except-held");
  let result = await erase(target, job, { isDryRun: true, exceptHeld });
  const asJson = args.isJson(io);
  const { events, held } = result;
  const isRefused = refusesHeld(result, { exceptHeld });
  if (!isDryRun && (events > 0 || held.length > 0)) {
    if (!args.has("yes")) {
      if (isRefused) throw heldBack(result);
      if (!io.canAsk) throw unconfirmed(result);
      await notify(objectLines(result), io);
      const question = `Erase ${eraseText(result)}? It cannot be undone.`;
      if (!await io.ask(question)) {
        await notify("Nothing was erased", io);
        return 1;
      }
    }
    result = await erase(target, job, { isDryRun: false, exceptHeld });
  }
  const would = isRefused ? "With --except-held, would erase" : "Would erase";
  const doing = isDryRun ? would : "Erased";
  const lines = [`${doing} ${eraseText(result)}`];
  if (isDryRun && result.events > 0) lines.push(objectLines(result));
  if (result.notFollowed.length > 0) await notify(sharedText(result), io);
  const json = JSON.stringify({ ...result, dryRun: isDryRun });
  if (result.held.length > 0) {
    const refusal = exceptHeld
      ? []
      : ["Without --except-held, nothing is erased"];
    await notify([...keptLines(result), ...refusal].join("\n"), io);
  }
  await print(asJson ? json : lines.join("\n"), io);
  return 0;
}

/** Without a server, as none starts then. */
async function rebuildLog(args: Args, io: Io): Promise<number> {
  if (KINDS.some((kind) => args.has(kind)) || args.has("dry-run")) {
    args.faults.push("--rebuild-log erases nothing: give it alone");
  }
  const config = args.loadConfig("tool", io);
  const { shown } = locateStore(config.storeUrl);
  const question =
    `Rebuild the log of erasures of ${shown}? Do so only if no copy of it is left.`;
  if (!args.has("yes")) {
    if (!io.canAsk) {
      throw new UsageError([
        "--rebuild-log must be confirmed, as the log it replaces may know more: add --yes",
      ]);
    }
    if (!await io.ask(question)) return 1;
  }
  await withStderrLog(io, async (logger) => {
    const options = { logger, rebuildsErasureLog: true };
    const rebuild = async () => {
      const store = await openConfiguredStore(config, options);
      await store.close();
    };
    const { storeUrl } = config;
    const act = { act: "erase", detail: REBUILT, storeUrl } as const;
    await recordedAct(rebuild, act);
  });
  await notify("Rebuilt the log of erasures", io);
  return 0;
}

function readTarget(args: Args): EraseTarget {
  const given = KINDS.filter((kind) => args.has(kind));
  const [kind = "object"] = given;
  if (given.length !== 1) {
    args.faults.push(
      "erase needs exactly one of --object ID, --reference REF, and --account ID",
    );
  }
  return { kind, value: args.get(kind) ?? "" };
}

/** Erases, or only counts. */
async function erase(
  target: EraseTarget,
  job: StoreJob,
  { isDryRun, exceptHeld }: { isDryRun: boolean; exceptHeld: boolean },
): Promise<EraseResult> {
  const options = { isDryRun, exceptHeld, by: localUser() };
  const result = await byHolder<EraseResult>(job, {
    path: "/api/erase",
    content: { [target.kind]: target.value, dryRun: isDryRun, exceptHeld },
    here: () => inOwnStore(job, ({ eraser }) => eraser.erase(target, options)),
  });
  // A server of an earlier version does not tell of these.
  return {
    ...result,
    notFollowed: result.notFollowed ?? [],
    held: result.held ?? [],
  };
}

function unconfirmed(result: EraseResult): UsageError {
  return new UsageError([
    `Erasing must be confirmed, as it cannot be undone: add --yes. It would erase ${
      eraseText(result)
    }`,
  ]);
}

function sharedText({ notFollowed }: EraseResult): string {
  const ids = notFollowed.slice(0, LISTED_MAX).join(", ");
  return `Not followed: the inquiries, accounts and reference ids that are named together by ${ids}. Erase those of the same person, too`;
}

function objectLines({ objects }: EraseResult): string {
  const lines = objects.slice(0, LISTED_MAX).map(({ id, type, events }) =>
    `  ${id}  ${type ?? ""}  ${counted(events, "event")}`
  );
  const more = objects.length - LISTED_MAX;
  return [...lines, ...more > 0 ? [`  and ${more} more`] : []].join("\n");
}
