import { setTimeout } from "node:timers/promises";
import {
  type ConfigSources,
  filesWithContent,
  hasReferences,
  rememberEnvironment,
} from "../config/load_config.ts";
import type { Config } from "../config/settings.ts";
import type { Args } from "./command.ts";
import type { Io } from "./io.ts";

/** `Deno.watchFs` cannot watch a file that is not there yet. */
const LOOK_EVERY_MS = 250;

/** A file that never comes to rest is read all the same. */
const LOOKS_MAX = 20;

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
   * Reads the settings. A file that had content has to have it again: who moves it away
   * for a moment does not mean what it sets.
   *
   * @throws {UsageError} With all faults.
   */
  load(): Config {
    const { files } = this;
    this.#seen = stateOfFiles(files);
    const sources = { ...this.sources, kept: this.#kept };
    const config = this.#args.loadConfig(this.#mode, { sources });
    this.#kept = filesWithContent(files, this.sources);
    return config;
  }

  /**
   * Waits until nobody is writing the files, or for so long as one may take to be written:
   * half a file is no settings.
   *
   * @param signal Ends the waiting.
   * @returns False when the waiting was ended.
   */
  async untilAtRest(signal?: AbortSignal): Promise<boolean> {
    let last = stateOfFiles(this.files);
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      if (!await isAfterPause(signal)) return false;
      const now = stateOfFiles(this.files);
      if (now === last) return true;
      last = now;
    }
    return true;
  }

  /**
   * Waits until the files differ from when they were read, at rest or not.
   *
   * @param signal Ends the waiting.
   * @returns False when the waiting was ended.
   */
  async untilChanged(signal?: AbortSignal): Promise<boolean> {
    const { files } = this;
    while (await isAfterPause(signal)) {
      if (stateOfFiles(files) !== this.#seen) return true;
    }
    return false;
  }
}

/** Describes the state of files, there or not, to be compared with an earlier one. */
function stateOfFiles(paths: readonly string[]): string {
  return paths.map((path) => {
    try {
      const { mtime, size, ino } = Deno.statSync(path);
      return `${path} ${mtime?.getTime()} ${size} ${ino}`;
    } catch {
      return `${path} none`;
    }
  }).join("\n");
}

/** False when the waiting was ended. */
function isAfterPause(signal?: AbortSignal): Promise<boolean> {
  const options = signal ? { signal } : {};
  return setTimeout(LOOK_EVERY_MS, true, options).catch(() => false);
}
