// Has a server follow its settings: on a signal, on request, and when files change.

import { systemClock } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import type { Logger } from "../log.ts";
import type { ReloadResult } from "../views/reload_result.ts";
import { checkTargets } from "./check_targets.ts";
import type { Io } from "./io.ts";
import { type ReloaderDeps, SettingsReloader } from "./settings_reloader.ts";
import type { SettingsSource } from "./settings_source.ts";

/** Dependencies of {@linkcode followSettings}. */
export interface FollowDeps extends Pick<ReloaderDeps, "canRun"> {
  readonly mode: "serve" | "dev";
  readonly source: SettingsSource;
  readonly logger: Logger;
  readonly io: Io;
}

/** Settings that are followed. */
export interface FollowedSettings {
  /** Reloads them; waits until the server has started. */
  reload(): Promise<ReloadResult>;
  /** Resolves when `dev` is to restart, as a change needs that. */
  readonly restart: Promise<void>;
  /** Begins, once the server can apply other settings. */
  start(apply: ReloaderDeps["apply"]): void;
  end(): void;
}

/**
 * Follows settings. Signals that come before the start wait for it.
 *
 * @param config The settings that the server starts with.
 */
export function followSettings(
  config: Config,
  { mode, source, canRun, logger, io }: FollowDeps,
): FollowedSettings {
  const started = Promise.withResolvers<SettingsReloader>();
  const restart = Promise.withResolvers<void>();
  const ended = new AbortController();

  async function reload(): Promise<ReloadResult> {
    const reloader = await started.promise;
    const result = await reloader.reload();
    const isRestart = mode === "dev" && result.ok && result.restart.length > 0;
    if (isRestart) restart.resolve();
    return result;
  }

  async function watch(): Promise<void> {
    while (await source.untilChanged(ended.signal)) await reload();
  }

  // Closing a terminal sends the same signal, which ends what ran in it.
  const ignoreSignal = mode === "dev" && io.canAsk
    ? () => {}
    : io.onReloadSignal(() => void reload());
  return {
    reload,
    restart: restart.promise,
    start(apply) {
      started.resolve(
        new SettingsReloader(config, {
          untilAtRest: () => source.untilAtRest(ended.signal),
          load: () => source.load(),
          check: (config) => checkTargets(mode, config, source),
          canRun,
          apply,
          logger,
          clock: systemClock,
        }),
      );
      void watch();
    },
    end() {
      ended.abort();
      ignoreSignal();
    },
  };
}
