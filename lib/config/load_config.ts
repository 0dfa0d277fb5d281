// Finds the settings: flag, environment, `.env`, `inbox.json`, default, in that
// order. The only reader of the environment.

import { passwordWarning } from "./postgres_password.ts";
import { delimiter } from "node:path";
import { addressCheck } from "./addresses.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import { readDestinations, UNKNOWN_URL } from "./destinations_config.ts";
import { UsageError } from "../errors.ts";
import { checkSecrets } from "./check_secrets.ts";
import { childEnvironment } from "./child_environment.ts";
import type { RetentionRule } from "../persona/retention_policy.ts";
import { SettingReader } from "./setting_reader.ts";
import { isUnknownSetting, nearestSetting } from "./setting_names.ts";
import { readRetention } from "./retention_rules.ts";
import { proxyVariables } from "./proxy.ts";
import { readSettingsFile } from "./read_settings_file.ts";
import {
  type Config,
  type Mode,
  SETTINGS,
  type SettingWarning,
} from "./settings.ts";

/** Sources of settings; those of the system by default. */
export interface ConfigSources {
  /** Values of flags, by name without dashes. */
  flags?: Readonly<Record<string, string | undefined>>;
  /** Faults found before, to be reported together with the rest. */
  faults?: readonly string[];
  /** Reads an environment variable. */
  env?: (name: string) => string | undefined;
  /** The whole environment; an empty one where only `env` is given. */
  envAll?: () => Readonly<Record<string, string>>;
  /** Reads a file; throws `Deno.errors.NotFound` when it is not there. */
  readTextFile?: (path: string) => string;
  /** The name of a member of `inbox.json` in a message; its path by default. */
  nameOf?: (path: string) => string;
  /** The files that had content before: one that has none any more is a fault. */
  kept?: readonly string[];
  /** Set in a compiled executable. */
  isStandalone?: boolean;
}

const MEMORY = "sqlite::memory:";

const isLoopbackAddress = addressCheck(["127.0.0.0/8", "::1"]);

/**
 * Finds and checks all settings.
 *
 * @param mode For whom: defaults differ, and only `serve` needs a secret.
 * @throws {UsageError} With every fault that there is.
 */
export function loadConfig(mode: Mode, sources: ConfigSources = {}): Config {
  return new Loader(mode, sources).load();
}

/**
 * Finds where settings stand, without their values.
 *
 * @returns A place for each setting that somebody set.
 */
export function settingPlaces(sources: ConfigSources = {}): string[] {
  return new Loader("serve", sources).places();
}

/**
 * Finds the files that settings are read from, those with secrets included.
 *
 * @returns Their paths, whether they are there or not.
 */
export function settingsFiles(sources: ConfigSources = {}): string[] {
  return new Loader("tool", sources).files();
}

/** Finds where the system looks for a program by its name. */
export function programFolders(
  { env = Deno.env.get }: ConfigSources = {},
): string[] {
  return (env("PATH") ?? "").split(delimiter).filter((path) => path !== "");
}

/**
 * Returns whether any SQLite will do: the tests of the executable may have only an older
 * runtime for it.
 *
 * @param sources The environment.
 */
export function mayUseAnyEngine(
  { env = Deno.env.get }: ConfigSources = {},
): boolean {
  return env("INBOX_TEST_ANY_SQLITE") === "1";
}

/**
 * Returns the sources with the environment as it is now, to be read when reading it is
 * no longer permitted.
 */
export function rememberEnvironment(
  sources: ConfigSources = {},
): ConfigSources {
  if (sources.env) return sources;
  const all = systemEnv();
  const nameOf = Deno.build.os === "windows"
    ? (name: string) => name.toUpperCase()
    : (name: string) => name;
  return Object.keys(all).length === 0 ? sources : {
    ...sources,
    env: (name) =>
      Object.hasOwn(all, nameOf(name)) ? all[nameOf(name)] : undefined,
    envAll: () => all,
  };
}

/** Returns whether `.env` may name variables of the environment. */
export function hasReferences(
  { readTextFile = readSettingsFile }: ConfigSources = {},
): boolean {
  try {
    return readTextFile(".env").includes("$");
  } catch {
    return false; // There is none, or reading it is a fault that is told.
  }
}

/**
 * Finds the files with content, as of settings.
 *
 * @param paths Those that may be there.
 * @returns Those that are, and are not blank.
 */
export function filesWithContent(
  paths: readonly string[],
  { readTextFile = readSettingsFile }: ConfigSources = {},
): string[] {
  return paths.filter((path) => {
    try {
      return readTextFile(path).trim() !== "";
    } catch {
      return false;
    }
  });
}

class Loader {
  readonly #mode: Mode;
  readonly #warnings: SettingWarning[] = [];
  readonly #flags: Readonly<Record<string, string | undefined>>;
  readonly #envAll: () => Readonly<Record<string, string>>;
  readonly #isStandalone: boolean;
  readonly #reader: SettingReader;

  constructor(mode: Mode, sources: ConfigSources) {
    this.#mode = mode;
    this.#flags = sources.flags ?? {};
    this.#envAll = sources.envAll ?? (sources.env ? () => ({}) : systemEnv);
    this.#isStandalone = sources.isStandalone ?? Deno.build.standalone;
    this.#reader = new SettingReader(mode, {
      flags: this.#flags,
      faults: sources.faults ?? [],
      env: sources.env ?? Deno.env.get,
      readTextFile: sources.readTextFile ?? readSettingsFile,
      nameOf: sources.nameOf ?? ((path) => path),
      kept: sources.kept ?? [],
    });
  }

  load(): Config {
    const { forwardUrl, ...values } = this.#reader.values();
    const { secrets: [firstSecret = null], forwardSecret } = values;
    const secret = forwardSecret ?? firstSecret;
    const config: Config = {
      ...values,
      retention: this.#retention(),
      isAdminPortChosen: this.#reader.find(SETTINGS.adminPort) !== undefined,
      destinations: this.#destinations(forwardUrl, secret),
      forwardSecret: secret,
      childEnvironment: childEnvironment(this.#envAll(), this.#reader.named),
      proxyVariables: proxyVariables(this.#envAll()),
      warnings: this.#warnings,
    };
    this.#checkNames();
    if (this.#mode !== "tool") {
      this.#checkSecrets(config);
      this.#checkPorts(config);
      this.#checkKeyStore(config);
      if (!this.#reader.isPartial) this.#checkMissing(config);
    }
    this.#reader.throwFaults();
    return config;
  }

  places(): string[] {
    const places = Object.values(SETTINGS).flatMap((setting) =>
      this.#reader.find(setting)?.place ?? []
    );
    const more = ["destinations", "retention"].filter((key) =>
      Object.hasOwn(this.#reader.file, key)
    );
    return [
      ...places,
      ...more.map((key) => `"${key}" in ${this.#reader.filePath}`),
    ];
  }

  files(): string[] {
    try {
      this.load();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    return this.#reader.files;
  }

  /** One address serves one listener; a local port that was not chosen gives way. */
  #checkPorts(config: Config): void {
    const { port, adminPort, hostname, adminHostname } = config;
    const hosts = [hostname, adminHostname];
    const isShared = hostname === adminHostname ||
      hosts.includes("0.0.0.0") || hosts.includes("::");
    if (!config.isAdminPortChosen || port !== adminPort || !isShared) return;
    if (port === 0) return;
    this.#reader.fault(
      `INBOX_ADMIN_PORT and PORT are both ${port}: choose another for one of them`,
    );
  }

  /** What is sealed outlives its keys otherwise. */
  #checkKeyStore({ storeUrl, keyStoreUrl }: Config): void {
    if (keyStoreUrl !== MEMORY || storeUrl === MEMORY) return;
    this.#reader.fault(
      `INBOX_KEY_STORE is ${MEMORY}, and the store is not: nothing in it could be read after a restart. Keep the data keys in a file, as in sqlite:data/inbox.keys.db`,
    );
  }

  /** Reports what is missing, rather than invalid. */
  #checkMissing({ adminPort, adminHostname, retention }: Config): void {
    if (this.#mode === "serve" && !this.#reader.has(SETTINGS.secrets)) {
      this.#reader.fault(
        "Cannot serve: PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env",
      );
    }
    const mustKeep = retention.some(({ min }) => min !== null);
    if (mustKeep && !this.#reader.has(SETTINGS.onRedacted)) {
      this.#reader.fault(
        `Cannot start: INBOX_ON_REDACTED must be set, to erase or keep, as a rule of "retention" in ${this.#reader.filePath} has a min: with erase, what Persona redacts is erased unless a min keeps it; with keep, it stays until its max`,
      );
    }
    const isOpen = adminPort !== null &&
      adminHostname.toLowerCase() !== "localhost" &&
      !isLoopbackAddress(adminHostname);
    if (isOpen && !this.#reader.has(SETTINGS.adminTokens)) {
      this.#reader.fault(
        "Cannot serve: INBOX_ADMIN_TOKEN must be set when INBOX_ADMIN_HOST is not a loopback address: generate a token, or turn the local port off with INBOX_ADMIN_PORT=off",
      );
    }
  }

  /** A server must not believe what anybody can sign, or let in who knows the manual. */
  #checkSecrets({ secrets, adminTokens, destinations }: Config): void {
    checkSecrets({
      webhookSecrets: {
        texts: secrets,
        place: this.#reader.placeOf("secrets"),
      },
      adminToken: {
        texts: adminTokens.map(({ token }) => token),
        place: this.#reader.placeOf("adminTokens"),
      },
      forwardSecret: {
        texts: [this.#reader.value(SETTINGS.forwardSecret)],
        place: this.#reader.placeOf("forwardSecret"),
      },
      destinations,
      filePath: this.#reader.filePath,
      onFault: (fault) => this.#reader.fault(fault),
      onWarning: (warning) => this.#warn(warning),
    });
    const inStore = passwordWarning("store", this.#flags.store);
    if (inStore) this.#warn(inStore);
    if (this.#mode === "serve" && this.#flags.secret !== undefined) {
      this.#warn({
        summary: "--secret is visible to other users of this machine, as in ps",
        hint: "Set PERSONA_WEBHOOK_SECRET or PERSONA_WEBHOOK_SECRET_FILE",
      });
    }
  }

  /** Whoever sets a variable that is not read believes that it is. */
  #checkNames(): void {
    const env = this.#envAll();
    for (
      const [name, text] of Object.entries({ ...this.#reader.dotenv, ...env })
    ) {
      const isMeant = text === "" || this.#reader.named.has(name) ||
        this.#reader.named.has(name.replace(/_FILE$/, ""));
      if (isMeant || !isUnknownSetting(name, text)) continue;
      const place = Object.hasOwn(env, name) ? name : `${name} in .env`;
      const nearest = nearestSetting(name);
      const hint = nearest === undefined
        ? "Fix its name, or remove it"
        : `Did you mean ${nearest}?`;
      this.#reader.fault(`Unknown setting ${place}. ${hint}`);
    }
  }

  #destinations(
    forwardUrl: string | null,
    secret: string | null,
  ): readonly DestinationConfig[] {
    const url = forwardUrl ?? UNKNOWN_URL;
    const place = this.#reader.placeOf("forwardUrl");
    return readDestinations(this.#reader.file.destinations, {
      filePath: this.#reader.filePath,
      forward: this.#reader.has(SETTINGS.forwardUrl) ? { url, place } : null,
      secret,
      isStandalone: this.#isStandalone,
      expand: (text, options) => this.#reader.expand(text, options),
      onFault: (fault) => this.#reader.fault(fault),
      onWarning: (warning) => this.#warn(warning),
    });
  }

  #retention(): readonly RetentionRule[] {
    return readRetention(this.#reader.file.retention, {
      filePath: this.#reader.filePath,
      onFault: (fault) => this.#reader.fault(fault),
      onWarning: (warning) => this.#warn(warning),
    });
  }

  #warn(warning: SettingWarning): void {
    this.#warnings.push(warning);
  }
}

/** Empty if only a part may be read: asking would stop at a prompt. */
function systemEnv(): Record<string, string> {
  const { state } = Deno.permissions.querySync({ name: "env" });
  return state === "granted" ? Deno.env.toObject() : {};
}
