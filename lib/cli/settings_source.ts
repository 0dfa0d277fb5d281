import {
  type ConfigSources,
  filesWithContent,
  hasReferences,
  rememberEnvironment,
} from "../config/load_config.ts";
import type { Config } from "../config/settings.ts";
import type { Args } from "./command.ts";
import type { Io } from "./io.ts";
import { stateOfFiles, untilAtRest, untilChanged } from "./watch_settings.ts";

/** The settings of a server, and the files that they are read from, whenever that is. */
export class SettingsSource {
  /** The sources, with the environment as it was at the start. */
  readonly sources: ConfigSources;
  readonly #mode: "serve" | "dev";
  readonly #args: Args;
  #seen = "";
  #kept: readonly string[] = [];

  constructor(mode: "serve" | "dev", args: Args, io: Io) {
    this.#mode = mode;
    this.#args = args;
    this.sources = rememberEnvironment(io.sources);
  }

  /** True if the files need the environment whenever they are read. */
  get needsEnvironment(): boolean {
    return hasReferences(this.sources);
  }

  /** The files, there or not. */
  get files(): readonly string[] {
    return this.#args.settingsFiles(this);
  }

  /**
   * Reads the settings. Of a server, a file that had content has to have it again: who
   * moves it away for a moment does not mean what it sets.
   *
   * @throws {UsageError} With all faults.
   */
  load(): Config {
    const { files } = this;
    this.#seen = stateOfFiles(files);
    const sources = { ...this.sources, kept: this.#kept };
    const config = this.#args.loadConfig(this.#mode, { sources });
    if (this.#mode === "serve") {
      this.#kept = filesWithContent(files, this.sources);
    }
    return config;
  }

  /** Waits until nobody is writing the files; false when the waiting was ended. */
  untilAtRest(signal?: AbortSignal): Promise<boolean> {
    return untilAtRest(() => this.files, signal);
  }

  /**
   * Waits until the files are other ones than when they were read, at rest or not.
   *
   * @returns Whether they changed; false when the waiting was ended.
   */
  untilChanged(signal?: AbortSignal): Promise<boolean> {
    const { files } = this;
    return untilChanged(files, {
      before: () => this.#seen,
      ...(signal && { signal }),
    });
  }
}
