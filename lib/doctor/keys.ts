import { inspectKeys } from "../app/inspect_keys.ts";
import type { Config } from "../config/settings.ts";
import { InboxError, UsageError } from "../errors.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

const NAME = "keys";

/** Reports the keys of payloads; nothing if they are not encrypted. */
export async function checkKeys(config: Config): Promise<readonly Finding[]> {
  try {
    const state = await inspectKeys(config);
    return state ? findingsOf(state) : [];
  } catch (error) {
    if (error instanceof UsageError) {
      const hint = "The server does not start before that is right";
      return error.faults.map((fault) => failed(NAME, fault, hint));
    }
    if (!(error instanceof InboxError)) throw error;
    return [failed(NAME, error.message, error.hint)];
  }
}

function findingsOf(
  { shown, firstId, counts, clear, unopenable }: NonNullable<
    Awaited<ReturnType<typeof inspectKeys>>
  >,
): readonly Finding[] {
  if (!counts) {
    const summary = `${shown} is not there yet`;
    return [warning(NAME, summary, "A server makes it when it starts")];
  }
  const others = [...counts].filter(([id]) => id !== firstId);
  const own = counts.get(firstId) ?? 0;
  const unsealed = warning(
    NAME,
    `${clear} events from before there were keys are in the clear`,
    "A running server encrypts them, some hundred a second",
  );
  return [
    ...(clear > 0 ? [unsealed] : []),
    ...(unopenable ? [warning(NAME, unopenable.message, unopenable.hint)] : []),
    ok(NAME, `${shown} has ${own} data keys wrapped by ${firstId}`),
    ...others.map(([id, count]) =>
      warning(
        NAME,
        `${count} data keys are wrapped by ${id}, which is not the first key`,
        `Move them under ${firstId}: ${PROGRAM_NAME} keys rewrap. Then remove ${id}`,
      )
    ),
  ];
}
