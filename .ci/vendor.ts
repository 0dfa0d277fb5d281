/**
 * Fills `vendor/` with `@std` from npm, for machines that cannot reach JSR.
 * The code is the original (the npm package `deno-std` holds it as
 * JavaScript), the types are ours, in `facades/`. It is copied rather than
 * imported by `npm:`, so that a compiled executable carries no npm package.
 *
 * @module
 */

/** Pinned like the versions in `deno.json`: both hold running code. */
const SOURCES = {
  "deno-std": "npm:deno-std@1.4.0",
  "dotenv": "npm:dotenv@18.0.10",
};

/** What the code may import of `@std`; each needs a `facades/<package>.<file>.d.ts`. */
const MODULES = [
  { name: "assert", export: ".", file: "mod" },
  { name: "dotenv", export: "./parse", file: "parse" },
  { name: "encoding", export: "./base64", file: "base64" },
  { name: "encoding", export: "./hex", file: "hex" },
  { name: "http", export: "./status", file: "status" },
  {
    name: "http",
    export: "./server-sent-event-stream",
    file: "server_sent_event_stream",
  },
];

/** A machine whose packets vanish must not keep a developer waiting for long. */
const FETCH_TIMEOUT_MS = 60_000;

const facades = new URL("facades/", import.meta.url);

/** What a run of Deno came to. */
export interface Outcome {
  success: boolean;
  said: string;
}

/** The modules by their JSR specifiers, in the pinned versions. */
export function specifiers(pins: Record<string, string>): string[] {
  return MODULES.map((module) =>
    `jsr:@std/${module.name}@${pin(pins, module.name)}${module.export.slice(1)}`
  );
}

/** Runs this same Deno in a folder, for a bounded time. */
export async function deno(cwd: URL, ...args: string[]): Promise<Outcome> {
  const { success, signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: {
      NO_COLOR: "1",
      // Older Deno trusts only its own list of certificates by default.
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  return {
    success,
    said: signal === null
      ? said
      : `${said}\nstopped after ${FETCH_TIMEOUT_MS} ms`,
  };
}

/** Fills an absent `vendor/` so that Deno takes it for a copy of JSR. */
export async function fillFromNpm(
  root: URL,
  pins: Record<string, string>,
): Promise<Outcome> {
  const names = new Set(MODULES.map((module) => module.name));
  const unknown = Object.keys(pins).filter((pinned) =>
    !names.has(pinned.replace("@std/", ""))
  );
  if (unknown.length > 0) {
    const known = [...names].join(", ");
    const said =
      `Cannot take ${unknown} from npm as MODULES in .ci/vendor.ts must list it: current value is ${known}`;
    return { success: false, said };
  }
  const folder = await Deno.makeTempDir({ prefix: "persona-inbox-setup-" });
  try {
    const temp = new URL(`file://${folder.replaceAll("\\", "/")}/`);
    await Deno.writeTextFile(
      new URL("deno.json", temp),
      JSON.stringify({ imports: SOURCES, nodeModulesDir: "auto", lock: false }),
    );
    const outcome = await deno(temp, "install");
    if (outcome.success) {
      const packages = new URL("node_modules/", temp);
      for (const name of names) {
        await writePackage(packages, root, name, pin(pins, name));
      }
    }
    return outcome;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function pin(pins: Record<string, string>, name: string): string {
  const version = pins[`@std/${name}`];
  if (version === undefined) {
    throw new Error(
      `Cannot fetch @std/${name} as deno.json must pin it like "jsr:@std/${name}@1.2.3": current value is not such a pin`,
    );
  }
  return version;
}

async function writePackage(
  packages: URL,
  root: URL,
  name: string,
  version: string,
): Promise<void> {
  const home = new URL(`vendor/jsr.io/@std/${name}/`, root);
  const files = new URL(`${version}/`, home);
  await Deno.mkdir(files, { recursive: true });
  const modules = MODULES.filter((module) => module.name === name);
  for (const { file } of modules) {
    await Deno.writeTextFile(
      new URL(`${file}.js`, files),
      `/* @ts-self-types="./${file}.d.ts" */\n` +
        (name === "dotenv"
          ? await dotenvCode(packages)
          : `export * from "./${name}/${file}.js";\n`),
    );
    await Deno.copyFile(
      new URL(`${name}.${file}.d.ts`, facades),
      new URL(`${file}.d.ts`, files),
    );
  }
  if (name === "dotenv") {
    await Deno.copyFile(
      new URL("dotenv.like_std.ts", facades),
      new URL("like_std.ts", files),
    );
  } else {
    const std = new URL("deno-std/", packages);
    await copyFolder(new URL(`${name}/`, std), new URL(`${name}/`, files));
    await copyFolder(new URL("internal/", std), new URL("internal/", files));
  }
  const exports = Object.fromEntries(
    modules.map((module) => [module.export, `./${module.file}.js`]),
  );
  await writeJson(new URL("meta.json", home), {
    scope: "std",
    name,
    latest: version,
    versions: { [version]: {} },
  });
  await writeJson(new URL(`${version}_meta.json`, home), {
    manifest: {},
    exports,
  });
}

/** Only `parse` is wanted of npm's CommonJS file, and that needs nothing of Node. */
async function dotenvCode(packages: URL): Promise<string> {
  const code = await Deno.readTextFile(
    new URL("dotenv/dist/index.cjs", packages),
  );
  return `import { likeStd } from "./like_std.ts";
const module = { exports: {} };
const require = () => ({});
${code}
export const parse = (text) => likeStd(text, module.exports.parse(text));
`;
}

/** Files only: the folders below hold nothing that `MODULES` need. */
async function copyFolder(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to);
  for await (const entry of Deno.readDir(from)) {
    if (!entry.isFile) continue;
    await Deno.copyFile(new URL(entry.name, from), new URL(entry.name, to));
  }
}

async function writeJson(file: URL, value: unknown): Promise<void> {
  await Deno.writeTextFile(file, JSON.stringify(value));
}
