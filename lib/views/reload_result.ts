/** A change of the settings. */
export interface SettingsChange {
  /** Its time, as ISO 8601. */
  readonly at: string;
  /** Settings and destinations, without their values. */
  readonly changed: readonly string[];
}

/** The result of reading the settings again. */
export type ReloadResult =
  | {
    readonly ok: true;
    /** Settings and destinations that changed, without their values. */
    readonly changed: readonly string[];
    /** Those whose change takes effect by a restart only. */
    readonly restart: readonly string[];
    /** The latest change, which may be of a moment ago: files are followed. */
    readonly last: SettingsChange | null;
  }
  | {
    readonly ok: false;
    /** A sentence each; nothing was changed. */
    readonly faults: readonly string[];
  };

/** Says what came of it, a line each. */
export function reloadText(result: ReloadResult): string {
  if (!result.ok) return ["Nothing was changed", ...result.faults].join("\n");
  const { changed, restart, last } = result;
  const lines = changed.map((name) => `changed: ${name}`);
  if (lines.length + restart.length === 0) lines.push("nothing has changed");
  if (changed.length === 0 && last) {
    lines.push(`last changed at ${last.at}: ${last.changed.join(", ")}`);
  }
  return [
    ...lines,
    ...restart.map((name) => `takes effect after a restart: ${name}`),
  ].join("\n");
}
