/**
 * Makes the npm packages of a release: `persona-inbox`, whose command starts the
 * executable, and one package for each system that holds it.
 *
 * Usage: deno run -A .ci/npm.ts EXECUTABLES OUT [TARGET…], where EXECUTABLES is a folder
 * with a file `persona-inbox-TARGET` (`.exe` on Windows) for each target; all supported
 * ones unless said.
 *
 * @module
 */

import manifest from "../deno.json" with { type: "json" };
import SUPPORTED from "../lib/supported.json" with { type: "json" };

const NAME = "persona-inbox";
const { version, license } = manifest;
const repository = Deno.env.get("GITHUB_REPOSITORY");
const common = {
  version,
  license,
  ...(repository && { repository: `github:${repository}` }),
};

/** Starts the executable of this system, with its exit code and signals. */
const COMMAND = `#!/usr/bin/env node
"use strict";
const { spawn } = require("node:child_process");
const system = process.platform + "-" + process.arch;
const isWindows = process.platform === "win32";
let executable;
try {
  executable = require.resolve(
    "@${NAME}/" + system + "/${NAME}" + (isWindows ? ".exe" : ""),
  );
} catch {
  console.error(
    "Cannot start ${NAME}: there is no executable for " + system +
      "\\nfix: install without --omit=optional, on one of ${
  SUPPORTED.targets.map(systemOf).map(({ os, cpu }) => `${os}-${cpu}`).join(
    ", ",
  )
}",
  );
  process.exit(1);
}
const child = spawn(executable, process.argv.slice(2), { stdio: "inherit" });
for (const signal of isWindows ? [] : ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error("Cannot start ${NAME}: " + error.message);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  if (!signal) process.exit(code);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(name);
  }
  process.kill(process.pid, signal);
});
`;

/** The names that Node and npm have for a target of `deno compile`. */
function systemOf(target: string): { os: string; cpu: string } {
  const os = /darwin|windows|linux/.exec(target)?.[0] ?? "";
  return {
    os: os === "windows" ? "win32" : os,
    cpu: target.startsWith("aarch64") ? "arm64" : "x64",
  };
}

async function writePackage(
  folder: string,
  manifest: Record<string, unknown>,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const text = JSON.stringify({ ...manifest, ...common }, null, 2);
  await Deno.writeTextFile(`${folder}/package.json`, `${text}\n`);
}

async function writeExecutable(
  from: string,
  out: string,
  target: string,
): Promise<string> {
  const { os, cpu } = systemOf(target);
  const name = `@${NAME}/${os}-${cpu}`;
  const file = os === "win32" ? `${NAME}.exe` : NAME;
  const folder = `${out}/${name}`;
  await writePackage(folder, {
    name,
    description: `The executable of ${NAME} for ${os} ${cpu}`,
    os: [os],
    cpu: [cpu],
    files: [file],
  });
  const suffix = os === "win32" ? ".exe" : "";
  await Deno.copyFile(
    `${from}/${NAME}-${target}${suffix}`,
    `${folder}/${file}`,
  );
  await Deno.chmod(`${folder}/${file}`, 0o755);
  return name;
}

if (import.meta.main) {
  const [from, out, ...targets] = Deno.args;
  if (!from || !out) {
    throw new Error("Usage: .ci/npm.ts EXECUTABLES OUT [TARGET…]");
  }
  const names: string[] = [];
  for (const target of targets.length > 0 ? targets : SUPPORTED.targets) {
    names.push(await writeExecutable(from, out, target));
  }
  await writePackage(`${out}/${NAME}`, {
    name: NAME,
    description: "A durable inbox for Persona webhooks",
    keywords: ["persona", "webhook", "kyc"],
    bin: { [NAME]: `${NAME}.cjs` },
    files: [`${NAME}.cjs`],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(
      names.map((name) => [name, version]),
    ),
  });
  await Deno.writeTextFile(`${out}/${NAME}/${NAME}.cjs`, COMMAND);
}
