/** The result of reading the settings again. */
export type ReloadResult =
  | {
    readonly ok: true;
    /** Settings and destinations that changed, without their values. */
    readonly changed: readonly string[];
    /** Those whose change takes effect by a restart only. */
    readonly restart: readonly string[];
  }
  | {
    readonly ok: false;
    /** A sentence each; nothing was changed. */
    readonly faults: readonly string[];
  };

/** Says what came of it, a line each. */
export function reloadText(result: ReloadResult): string {
  if (!result.ok) return ["Nothing was changed", ...result.faults].join("\n");
  const { changed, restart } = result;
  const lines = changed.map((name) => `changed: ${name}`);
  if (lines.length + restart.length === 0) lines.push("nothing has changed");
  return [
    ...lines,
    ...restart.map((name) => `takes effect after a restart: ${name}`),
  ].join("\n");
}
