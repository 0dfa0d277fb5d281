// The settings as data: what each is called on the command line, in the environment
// and in `inbox.json`, what it may be, and its default.

import {
  ADMIN_TOKENS_KIND,
  type AdminToken,
  parseAdminTokens,
} from "./admin_tokens.ts";
import type {
  ChildEnvironment,
  DestinationConfig,
} from "../destinations/destination_config.ts";
import {
  ENCRYPTION_KEYS_KIND,
  type EncryptionKey,
  parseEncryptionKeys,
} from "../encryption_key.ts";
import { HTTP_URL } from "./http_url.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log.ts";
import {
  addresses,
  hostname,
  matching,
  oneOf,
  orOff,
  textOf,
  type TextParser,
  wholeNumber,
  withSchema,
  words,
} from "./text_parsers.ts";
import { isPostgresUrl, readPostgresUrl } from "../store/postgres_url.ts";
import type { RetentionRule } from "../persona/retention_policy.ts";

/** The command that settings are for: `tool` is every command that is no server. */
export type Mode = "serve" | "dev" | "tool";

/** Returns whether the variable `NAME_FILE` may name a file with the value. */
export function mayBeInFile(
  { isSecret = false, hasPassword = false }: Setting<unknown>,
): boolean {
  return isSecret || hasPassword;
}

/** One setting. */
export interface Setting<Value> {
  /** Its name in the environment and in `.env`. */
  readonly env: string;
  /** Its flag, without dashes. */
  readonly flag?: string;
  /** Its key in `inbox.json`. */
  readonly key: string;
  /** For `--help`. */
  readonly help: string;
  /** The default. */
  readonly fallback: (mode: Mode) => Value;
  /** Completes "must be". */
  readonly kind: string;
  /** Never shown, not even in a fault. */
  readonly isSecret?: boolean;
  /** True if it is not a secret but may hold a password: a file may hold it, too. */
  readonly hasPassword?: boolean;
  /** True if a server takes a change of it without a restart. */
  readonly isReloadable?: boolean;
  /** True if `inbox.json` may hold it as a number, too. */
  readonly isNumeric?: boolean;
  /** True if `inbox.json` may hold it as a list of strings, too. */
  readonly isPlural?: boolean;
  /** True if a `tool` would act differently without it. */
  readonly isNeededByTools?: boolean;
  readonly parse: TextParser<Value>;
}

/** A setting as it stands. */
export interface FoundText {
  readonly text: string;
  /** The place that a message names, such as `PORT in .env`. */
  readonly place: string;
  /** True if it came by a `$NAME`, which may have named a secret. */
  readonly isExpanded?: boolean;
}

/** Bodies larger than this do not fit the store's buffers. */
const BODY_BYTES_MAX = 64 << 20;

/** A URL's // and a shell's ~ would both name a file that nobody means. */
const SQLITE_URL = /^sqlite:(?!\/\/|~|\s).*[^/]$/;

const HOSTNAME_KIND = "a host name or address, without brackets or a port";

/** A century keeps what anybody means to keep; "off" says so. */
const DAYS_MAX = 36_500;

const DAYS_KIND = `a whole number of days from 1 to ${DAYS_MAX}, or off`;

const STORE_KIND = "sqlite:PATH or postgres://user@host/database";

const STORE_URL = withSchema((text) => {
  const isWell = isPostgresUrl(text)
    ? readPostgresUrl(text).ok
    : SQLITE_URL.test(text);
  return isWell ? text : undefined;
}, {
  type: "string",
  pattern: `${SQLITE_URL.source}|^postgres(?:ql)?://[^\\s/@]+@\\S+/\\S+$`,
});

/** All settings, by their name in the resolved configuration. */
export const SETTINGS = {
  secrets: setting<readonly string[]>({
    env: "PERSONA_WEBHOOK_SECRET",
    isReloadable: true,
    flag: "secret",
    key: "secret",
    help: "webhook secret, or several by commas or spaces",
    fallback: () => [],
    kind: "one or more secrets",
    isPlural: true,
    isSecret: true,
    parse: (text) => {
      const secrets = [...new Set(words(text))];
      return secrets.length > 0 ? secrets : undefined;
    },
  }),
  port: setting<number>({
    env: "PORT",
    flag: "port",
    key: "port",
    help: "public port, 0 picks one",
    fallback: () => 3000,
    kind: "a whole number from 0 to 65535",
    isNumeric: true,
    isNeededByTools: true,
    parse: wholeNumber(0, 65535),
  }),
  hostname: setting<string>({
    env: "HOST",
    flag: "host",
    key: "host",
    help: "public address to listen on",
    fallback: (mode) => mode === "serve" ? "0.0.0.0" : "127.0.0.1",
    kind: HOSTNAME_KIND,
    parse: hostname(),
  }),
  storeUrl: setting<string>({
    env: "INBOX_STORE",
    flag: "store",
    key: "store",
    help: "sqlite:PATH or postgres://user@host/database",
    fallback: () => "sqlite:data/inbox.db",
    kind: STORE_KIND,
    hasPassword: true,
    isNeededByTools: true,
    parse: STORE_URL,
  }),
  encryptionKeys: setting<readonly EncryptionKey[]>({
    env: "INBOX_ENCRYPTION_KEYS",
    key: "encryptionKeys",
    help:
      "keys that payloads are encrypted by, id:base64, the first one writes",
    fallback: () => [],
    kind: ENCRYPTION_KEYS_KIND,
    isPlural: true,
    isSecret: true,
    isNeededByTools: true,
    parse: (text) => {
      const parsed = parseEncryptionKeys(text);
      return parsed.ok ? parsed.keys : undefined;
    },
  }),
  keyStoreUrl: setting<string | null>({
    env: "INBOX_KEY_STORE",
    key: "keyStore",
    help: "where data keys are kept, beside the store by default",
    fallback: () => null,
    kind: STORE_KIND,
    hasPassword: true,
    isNeededByTools: true,
    parse: STORE_URL,
  }),
  toleranceSeconds: setting<number>({
    env: "INBOX_TOLERANCE_SECONDS",
    isReloadable: true,
    flag: "tolerance",
    key: "toleranceSeconds",
    help: "most seconds that a signature's time may be off",
    fallback: () => 300,
    kind: "a whole number of seconds from 1 to 86400",
    isNumeric: true,
    isNeededByTools: true,
    parse: wholeNumber(1, 86_400),
  }),
  bodyBytesMax: setting<number>({
    env: "INBOX_BODY_BYTES_MAX",
    isReloadable: true,
    key: "bodyBytesMax",
    help: "largest body accepted, in bytes",
    fallback: () => 1_048_576,
    kind: `a whole number of bytes from 1024 to ${BODY_BYTES_MAX}`,
    isNumeric: true,
    parse: wholeNumber(1024, BODY_BYTES_MAX),
  }),
  onRedacted: setting<"erase" | "keep">({
    env: "INBOX_ON_REDACTED",
    key: "onRedacted",
    help: "erase or keep what is stored of an object that Persona redacted",
    fallback: () => "erase",
    kind: "erase or keep",
    parse: oneOf(["erase", "keep"]),
  }),
  retentionDays: setting<number | null>({
    env: "INBOX_RETENTION_DAYS",
    isReloadable: true,
    key: "retentionDays",
    help: "days after which payloads are erased, off to keep them",
    fallback: () => 90,
    kind: DAYS_KIND,
    isNumeric: true,
    parse: orOff(wholeNumber(1, DAYS_MAX)),
  }),
  retentionDeadDays: setting<number | null>({
    env: "INBOX_RETENTION_DEAD_DAYS",
    isReloadable: true,
    key: "retentionDeadDays",
    help: "the same for what is pending or dead, which is kept by default",
    fallback: () => null,
    kind: DAYS_KIND,
    isNumeric: true,
    parse: orOff(wholeNumber(1, DAYS_MAX)),
  }),
  allowedAddresses: setting<readonly string[] | null>({
    env: "INBOX_ALLOW_IPS",
    isReloadable: true,
    key: "allowIps",
    help:
      "addresses and CIDR ranges that may deliver; persona for Persona's own",
    fallback: () => null,
    kind: "addresses, CIDR ranges or persona, separated by commas",
    isPlural: true,
    parse: addresses,
  }),
  trustedProxies: setting<number>({
    env: "INBOX_TRUST_PROXY",
    isReloadable: true,
    key: "trustProxy",
    help: "number of proxies in front to trust in x-forwarded-for",
    fallback: () => 0,
    kind: "a whole number from 0 to 16",
    isNumeric: true,
    parse: wholeNumber(0, 16),
  }),
  logFormat: setting<typeof LOG_FORMATS[number]>({
    env: "INBOX_LOG",
    isReloadable: true,
    flag: "log",
    key: "log",
    help: LOG_FORMATS.join(" or "),
    fallback: (mode) => mode === "dev" ? "pretty" : "json",
    kind: LOG_FORMATS.join(" or "),
    parse: oneOf(LOG_FORMATS),
  }),
  logLevel: setting<typeof LOG_LEVELS[number]>({
    env: "INBOX_LOG_LEVEL",
    isReloadable: true,
    flag: "log-level",
    key: "logLevel",
    help: `${LOG_LEVELS.join(", ")}; the start always`,
    fallback: () => "info",
    kind: `one of ${LOG_LEVELS.join(", ")}`,
    parse: oneOf(LOG_LEVELS),
  }),
  forwardUrl: setting<string | null>({
    env: "INBOX_FORWARD_URL",
    flag: "forward",
    key: "forwardUrl",
    help: "URL to forward all events to",
    fallback: () => null,
    kind: HTTP_URL.kind,
    isSecret: true, // It may hold a token.
    parse: HTTP_URL.parse,
  }),
  forwardSecret: setting<string | null>({
    env: "INBOX_FORWARD_SECRET",
    isReloadable: true,
    key: "forwardSecret",
    help: "signs what is forwarded, the first webhook secret by default",
    fallback: () => null,
    kind: "one secret without spaces or commas",
    isSecret: true,
    parse: matching(/^[^\s,]+$/),
  }),
  adminPort: setting<number | null>({
    env: "INBOX_ADMIN_PORT",
    flag: "admin-port",
    key: "adminPort",
    help: "local port, 0 picks one, off for none",
    fallback: () => 3001,
    kind: "a whole number from 0 to 65535, or off",
    isNumeric: true,
    parse: orOff(wholeNumber(0, 65535)),
  }),
  adminHostname: setting<string>({
    env: "INBOX_ADMIN_HOST",
    flag: "admin-host",
    key: "adminHost",
    help: "local address to listen on",
    fallback: () => "127.0.0.1",
    kind: HOSTNAME_KIND,
    parse: hostname(),
  }),
  adminTokens: setting<readonly AdminToken[]>({
    env: "INBOX_ADMIN_TOKEN",
    isReloadable: true,
    key: "adminToken",
    help: "token that clients of the local port must send",
    fallback: () => [],
    kind: ADMIN_TOKENS_KIND,
    isSecret: true,
    parse: withSchema(parseAdminTokens, textOf(/^[!-~]+(?:, *[!-~]+)*$/)),
  }),
};

/** A setting that is valid and is likely a mistake. */
export interface SettingWarning {
  /** The likely mistake; holds no secret. */
  readonly summary: string;
  /** The remedy. */
  readonly hint: string;
}

/** A value for each setting, by its name in the resolved configuration. */
export type SettingValues = {
  readonly [Name in keyof typeof SETTINGS]: ReturnType<
    typeof SETTINGS[Name]["fallback"]
  >;
};

/** All settings, each with its value; destinations hold all about forwarding. */
export interface Config
  extends Omit<SettingValues, "forwardUrl" | "forwardSecret"> {
  /** Signs what goes to no destination of the settings; null when there is no secret. */
  readonly forwardSecret: string | null;
  /** Variables of the environment that name a proxy, such as `HTTPS_PROXY`. */
  readonly proxyVariables: readonly string[];
  /** The environment of commands and modules. */
  readonly childEnvironment: ChildEnvironment;
  readonly destinations: readonly DestinationConfig[];
  /** Rules of how long payloads are kept; the first that matches counts. */
  readonly retention: readonly RetentionRule[];
  /** True if the local port was named, or turned off. */
  readonly isAdminPortChosen: boolean;
  /** Likely mistakes; complete in the settings of a server only. */
  readonly warnings: readonly SettingWarning[];
}

function setting<Value>(setting: Setting<Value>): Setting<Value> {
  return setting;
}
