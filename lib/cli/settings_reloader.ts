// Reloads the settings of a running server.

import type { Clock } from "../clock.ts";
import { compareSettings } from "../config/compare_settings.ts";
import type { Config } from "../config/settings.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import { InboxError, UsageError } from "../errors.ts";
import { isoTime } from "../iso_time.ts";
import type { Logger } from "../log.ts";
import type { ReloadResult, SettingsChange } from "../views/reload_result.ts";

/** Dependencies of {@linkcode SettingsReloader}. */
export interface ReloaderDeps {
  /** Waits until nobody is writing them; false when the server ended meanwhile. */
  readonly untilAtRest: () => Promise<boolean>;
  /** Reads them; throws a `UsageError` with all faults. */
  readonly load: () => Config;
  /** Looks at what destinations need; throws a `UsageError` with all faults. */
  readonly check: (config: Config) => Promise<Config>;
  /** Returns whether a destination has the permissions that it needs. */
  readonly canRun: (destination: DestinationConfig) => boolean;
  /** Applies them. */
  readonly apply: (
    config: Config,
    changed: readonly string[],
  ) => Promise<void>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Changes the settings of a server, one change after the other. */
export class SettingsReloader {
  #config: Config;
  readonly #deps: ReloaderDeps;
  #lastChange: SettingsChange | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** The change that has not read them yet. */
  #next: Promise<ReloadResult> | null = null;

  /** @param config The settings that the server has. */
  constructor(config: Config, deps: ReloaderDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  /** Reads and applies the settings; a fault changes nothing. */
  reload(): Promise<ReloadResult> {
    if (this.#next) return this.#next;
    const reloaded = this.#last.then(() => this.#reload());
    this.#next = reloaded;
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(): Promise<ReloadResult> {
    const { load, check, canRun, apply, logger, clock } = this.#deps;
    const isRunning = await this.#deps.untilAtRest();
    this.#next = null;
    if (!isRunning) {
      return { ok: false, faults: ["Cannot reload: the server has ended"] };
    }
    try {
      const change = compareSettings(this.#config, load(), canRun);
      const { changed, restart } = change;
      const config = await check(change.config);
      if (changed.length > 0) await apply(config, changed);
      this.#config = change.config;
      if (changed.length > 0) {
        this.#lastChange = { at: isoTime(clock.nowMs()), changed };
      }
      const { secrets, warnings } = config;
      const counts = { secrets: secrets.length, changed, restart };
      logger.log({ msg: "settings reloaded", ...counts });
      for (const { summary, hint } of warnings) {
        logger.log({ msg: "settings warning", warning: summary, hint });
      }
      if (changed.length > 0 && secrets.length === 0) {
        logger.log({ msg: "accepting unsigned deliveries" });
      }
      return { ok: true, changed, restart, last: this.#lastChange };
    } catch (error) {
      if (!(error instanceof InboxError)) throw error;
      const faults = error instanceof UsageError
        ? error.faults
        : [`${error.message}. ${error.hint}`];
      for (const fault of faults) {
        logger.log({ msg: "settings refused", fault });
      }
      return { ok: false, faults };
    }
  }
}
