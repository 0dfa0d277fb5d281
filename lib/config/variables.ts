import type { FoundText } from "./settings.ts";
import { unreadableReason } from "./settings_files.ts";

/** The most bytes that a file with a secret may have. */
const SECRET_BYTES_MAX = 1 << 16;

/** Sources of variables. */
export interface VariableSources {
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** The variables of `.env`. */
  readonly dotenv: Readonly<Record<string, string>>;
  /** Throws when the file cannot be read. */
  readonly readTextFile: (path: string) => string;
  readonly onFault: (fault: string) => void;
}

/** Finds variables: in the environment, then in `.env`. An empty one counts as unset. */
export class Variables {
  readonly #sources: VariableSources;
  /** The files with secrets that were read; `dev` watches them. */
  readonly secretFiles = new Set<string>();

  constructor(sources: VariableSources) {
    this.#sources = sources;
  }

  /** Many tools cannot unset a variable, only empty it. */
  find(name: string): FoundText | undefined {
    return this.#inEnv(name) ?? this.#inDotenv(name);
  }

  /**
   * Finds a variable, or the file that `NAME_FILE` names.
   *
   * @returns Its value; undefined when neither is set, or the file has a fault.
   */
  findSecret(name: string): FoundText | undefined {
    for (const find of [this.#inEnv, this.#inDotenv]) {
      const value = find(name);
      const file = find(`${name}_FILE`);
      if (value && file) {
        this.#sources.onFault(
          `${value.place} and ${file.place} are both set: remove one`,
        );
      }
      if (value) return value;
      if (file) return this.#inFile(file);
    }
    return undefined;
  }

  /** Returns whether the variable or the file for it is set, readable or not. */
  hasSecret(name: string): boolean {
    return (this.find(name) ?? this.find(`${name}_FILE`)) !== undefined;
  }

  readonly #inEnv = (name: string): FoundText | undefined => {
    const text = this.#sources.env(name);
    return text ? { text, place: name } : undefined;
  };

  readonly #inDotenv = (name: string): FoundText | undefined => {
    const { dotenv } = this.#sources;
    const text = Object.hasOwn(dotenv, name) ? dotenv[name] : undefined;
    return text ? { text, place: `${name} in .env` } : undefined;
  };

  #inFile({ text: path, place }: FoundText): FoundText | undefined {
    const { readTextFile, onFault } = this.#sources;
    this.secretFiles.add(path);
    try {
      const text = readTextFile(path).replace(/^\uFEFF/, "").trim();
      const fault = text === ""
        ? "it is empty"
        : text.length > SECRET_BYTES_MAX
        ? `it has more than ${SECRET_BYTES_MAX} bytes`
        : undefined;
      if (fault === undefined) return { text, place };
      onFault(`Cannot read the file of ${place}: ${fault}`);
    } catch (error) {
      onFault(`Cannot read the file of ${place}: ${unreadableReason(error)}`);
    }
    return undefined;
  }
}
