import type { AttemptTally } from "../monitor/attempt_tallies.ts";
import type { DestinationActivity } from "../views/destination_info.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import { isoTime } from "../iso_time.ts";
import { METRICS_TYPE } from "../metrics.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import type { Stats } from "../views/api_types.ts";
import type { DestinationTotals } from "../store/event_reader.ts";
import { withTimeout } from "../timeout.ts";
import { VERSION } from "../version.ts";
import {
  type LocalDeps,
  type LocalHandler,
  respondJson,
} from "./local_call.ts";

/** The wait for the dispatcher's report. */
const ACTIVITIES_TIMEOUT_MS = 1_000;

/** Dependencies of {@linkcode readStats}. */
export type StatsDeps = Pick<
  LocalDeps,
  "monitor" | "reader" | "store" | "destinations" | "activities"
>;

/** `GET /api/stats` */
export const showStats: LocalHandler = async (_call, deps) =>
  respondJson(await readStats(deps));

/**
 * Reads the state of the server.
 *
 * @throws {StoreError} If the store cannot be read.
 */
export async function readStats(
  deps: StatsDeps,
): Promise<Stats> {
  const { monitor, reader, store } = deps;
  const [totals, activities, pauses] = await Promise.all([
    reader.totals(),
    activitiesOf(deps),
    reader.pauses(),
  ]);
  const unfinished = totals.destinations;
  const known = new Set(deps.destinations.map(({ name }) => name));
  const removed = unfinished.filter(({ destination }) =>
    !known.has(destination)
  ).map(({ destination }) => removedInfo(destination));
  const destinations = [...deps.destinations, ...removed].map((info) => ({
    ...info,
    ...statsOf(
      unfinished.find(({ destination }) => destination === info.name),
      activities.find(({ destination }) => destination === info.name),
    ),
    pausedSince: isoTimeOrNull(
      pauses.find(({ destination }) => destination === info.name)?.sinceMs,
    ),
    sinceStart: sinceStartOf(monitor.attemptsOf(info.name)),
  }));
  return {
    version: VERSION,
    program: PROGRAM_NAME,
    startedAt: isoTime(monitor.startedAtMs),
    store,
    receiving: monitor.receiving,
    warnings: monitor.warnings,
    events: totals.events,
    pending: sum(unfinished.map(({ pending }) => pending)),
    dead: sum(unfinished.map(({ dead }) => dead)),
    destinations,
    minutes: monitor.lastMinutes().map(({ atMs, ...tally }) => ({
      at: isoTime(atMs),
      ...tally,
    })),
  };
}

/** `GET /metrics`: without the store's part if the store cannot be read. */
export const showMetrics: LocalHandler = async (_call, deps) => {
  const { clock, destinations, monitor, reader } = deps;
  const [totals, activities, pauses] = await Promise.all([
    unlessUnreadable(reader.totals()),
    activitiesOf(deps),
    unlessUnreadable(reader.pauses()),
  ]);
  const text = monitor.metricsText({
    nowMs: clock.nowMs(),
    totals,
    activities,
    pauses,
    logBytes: deps.logBytes(),
    destinations: destinations.map(({ name }) => name),
  });
  return new Response(text, { headers: { "content-type": METRICS_TYPE } });
};

/** Returns none if the dispatcher does not respond. */
function activitiesOf(
  { activities }: Pick<LocalDeps, "activities">,
): Promise<readonly DestinationActivity[]> {
  return withTimeout(activities(), ACTIVITIES_TIMEOUT_MS, []);
}

/** A destination with unfinished dispatches that is no longer in the settings. */
function removedInfo(name: string) {
  const none = { target: "", events: [], order: null };
  return { name, kind: "removed" as const, ...none };
}

function statsOf(
  totals: DestinationTotals | undefined,
  activity: DestinationActivity | undefined,
) {
  const { pending = 0, dead = 0 } = totals ?? {};
  const { running = 0, pausedUntilMs } = activity ?? {};
  return {
    pending,
    running,
    dead,
    pausedUntil: isoTimeOrNull(pausedUntilMs),
    nextAttemptAt: isoTimeOrNull(totals?.oldestDueAtMs),
    waitingSince: isoTimeOrNull(totals?.oldestReceivedAtMs),
  };
}

function sinceStartOf(tally: AttemptTally) {
  const { delivered, failed, lastDeliveredAtMs, lastFailedAtMs } = tally;
  return {
    delivered,
    failed,
    lastDeliveredAt: isoTimeOrNull(lastDeliveredAtMs),
    lastFailedAt: isoTimeOrNull(lastFailedAtMs),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function isoTimeOrNull(ms: number | null = null): string | null {
  return ms === null ? null : isoTime(ms);
}
