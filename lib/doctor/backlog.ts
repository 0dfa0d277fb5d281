import { counted } from "../views/counted.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import type { DestinationTotals } from "../store/event_reader.ts";
import { type Finding, ok, warning } from "./finding.ts";

const NAME = "dispatches";

/**
 * Reports dead letters, and dispatches whose destination was removed.
 *
 * @param known Names of the destinations in the settings.
 * @returns A finding for each of them, or one if there are none.
 */
export function checkBacklog(
  totals: readonly DestinationTotals[],
  known: readonly string[],
): readonly Finding[] {
  const dead = totals.filter(({ dead }) => dead > 0);
  const orphaned = totals.filter(({ destination, pending }) =>
    pending > 0 && !known.includes(destination)
  );
  const troubles = [
    ...dead.map(({ destination, dead }) =>
      warning(
        NAME,
        `${counted(dead, "dead letter")} to ${destination}`,
        `See why: ${PROGRAM_NAME} events --status dead. Then: ${PROGRAM_NAME} replay --dead --destination ${destination}`,
      )
    ),
    ...orphaned.map(({ destination, pending }) =>
      warning(
        NAME,
        `${
          counted(pending, "dispatch", "dispatches")
        } for ${destination}, which is not in the settings`,
        `They are kept. See them: ${PROGRAM_NAME} events --status pending. Add the destination again to deliver them`,
      )
    ),
  ];
  if (troubles.length > 0) return troubles;
  const pending = totals.reduce((sum, { pending }) => sum + pending, 0);
  return [ok(NAME, `${pending} pending, no dead letters`)];
}
