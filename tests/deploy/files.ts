/** The files that others' programs read, each read by such a program. */

import { assert, assertEquals } from "@std/assert";
import { Deployment, StatefulSet } from "npm:kubernetes-models@5.1.0/apps/v1";
import { Service } from "npm:kubernetes-models@5.1.0/v1";
import { parseAllDocuments } from "npm:yaml@2.9.1";
import manifest from "../../deno.json" with { type: "json" };
import SUPPORTED from "../../lib/supported.json" with { type: "json" };
import { resultOf, ROOT } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";

const DEPLOY = `${ROOT}lib/deploy`;
/** Pinned, so that a new version of theirs is no new failure of ours. */
const WORKFLOW_CHECK = [
  ...["--yes", "--package=@action-validator/core@0.6.0"],
  ...["--package=@action-validator/cli@0.6.0", "action-validator"],
];

async function run(
  command: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await resultOf(
    new Deno.Command(command, {
      args: [...args],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
  return { code, output: stdout + stderr };
}

async function isThere(command: string): Promise<boolean> {
  return (await run("bash", ["-c", `command -v ${command}`])).code === 0;
}

function test(
  name: string,
  program: string | undefined,
  isMissing: boolean,
  fn: () => Promise<void>,
): void {
  Deno.test({
    name: isMissing ? `${name} (needs ${program})` : name,
    ignore: isMissing,
    fn,
  });
}

/** The unit, with a program in it that is on this machine. */
async function verifyUnit(
  change: (text: string) => string,
): Promise<{ code: number; output: string }> {
  await using dir = await TempDir.make();
  const text = await Deno.readTextFile(`${DEPLOY}/persona-inbox.service`);
  const unit = text.replace("/usr/local/bin/persona-inbox", "/bin/true");
  assert(unit !== text);
  await dir.write("persona-inbox.service", change(unit));
  const file = `${dir.path}/persona-inbox.service`;
  return await run("systemd-analyze", ["verify", file]);
}

test(
  "systemd accepts the unit",
  "systemd-analyze",
  !await isThere("systemd-analyze"),
  async () => {
    const { code, output } = await verifyUnit((text) => text);
    assertEquals([code, output], [0, ""]);
    const wrong = await verifyUnit((text) => text.replace("Type=", "Typo="));
    assert(/Typo/.test(wrong.output), "a mistake goes unnoticed");
  },
);

test(
  "systemd finds the unit well confined",
  "systemd-analyze",
  !await isThere("systemd-analyze"),
  async () => {
    // From 0, nothing allowed, to 10, everything; a plain unit has 9.6.
    const args = ["security", "--offline=yes", "--threshold=20"];
    const file = `${DEPLOY}/persona-inbox.service`;
    const { code, output } = await run("systemd-analyze", [...args, file]);
    assertEquals(code, 0, output);
  },
);

test("nginx accepts its file", "nginx", !await isThere("nginx"), async () => {
  await using dir = await TempDir.make();
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"];
  const files = ["-keyout", `${dir.path}/key`, "-out", `${dir.path}/pem`];
  const made = await run("openssl", [...args, "-subj", "/CN=a", ...files]);
  assertEquals(made.code, 0, made.output);
  const text = await Deno.readTextFile(`${DEPLOY}/nginx.conf`);
  const server = text
    .replace(/(?<=ssl_certificate ).*(?=;)/, `${dir.path}/pem`)
    .replace(/(?<=ssl_certificate_key ).*(?=;)/, `${dir.path}/key`);
  const own = `pid ${dir.path}/pid; events {} http { access_log off; `;
  await dir.write("nginx.conf", `${own} ${server} }`);
  const flags = ["-t", "-p", dir.path, "-e", "stderr", "-c"];
  const { code, output } = await run("nginx", [
    ...flags,
    `${dir.path}/nginx.conf`,
  ]);
  assertEquals(code, 0, output);
});

test("Caddy accepts its file", "caddy", !await isThere("caddy"), async () => {
  const flags = ["validate", "--adapter", "caddyfile", "--config"];
  const { code, output } = await run("caddy", [
    ...flags,
    `${DEPLOY}/Caddyfile`,
  ]);
  assertEquals(code, 0, output);
  assert(!output.includes("not formatted"), output);
});

Deno.test("Kubernetes' schema accepts the manifests", async () => {
  const kinds: Record<string, new (data: never) => { validate(): void }> = {
    Deployment,
    Service,
    StatefulSet,
  };
  for (const file of ["kubernetes.yml", "kubernetes_postgres.yml"]) {
    const text = await Deno.readTextFile(`${DEPLOY}/${file}`);
    const seen = parseAllDocuments(text).map((document) => {
      const data = document.toJS();
      const Kind = kinds[data.kind];
      assert(Kind, `${data.kind} is of no known kind`);
      new Kind(data as never).validate();
      return data.kind;
    });
    assertEquals(seen.length, 2, file);
    assert(text.includes(`persona-inbox:${manifest.version}`), file);
  }
  const wrong = { spec: { replicas: "one" } };
  let isNoticed = false;
  try {
    new StatefulSet(wrong as never).validate();
  } catch {
    isNoticed = true;
  }
  assert(isNoticed, "a mistake goes unnoticed");
});

test(
  "GitHub's schema accepts the workflows",
  "npx",
  !await isThere("npx"),
  async () => {
    await using dir = await TempDir.make();
    for (const file of ["ci.yml", "release.yml"]) {
      const text = await Deno.readTextFile(`${ROOT}.github/workflows/${file}`);
      // Its schema is older than this permission.
      await dir.write(file, text.replace(/\n +attestations: write/, ""));
      const args = [...WORKFLOW_CHECK, `${dir.path}/${file}`];
      const { code, output } = await run("npx", args);
      assertEquals(code, 0, output);
      for (const [, version] of text.matchAll(/deno-version: (.+)/g)) {
        assertEquals(version, SUPPORTED.deno.newest);
      }
    }
  },
);

Deno.test("the image is built with a supported Deno, and the changelog tells of this version", async () => {
  const image = await Deno.readTextFile(`${DEPLOY}/Dockerfile`);
  assert(image.includes(`denoland/deno:${SUPPORTED.deno.newest} `));
  const log = await Deno.readTextFile(`${ROOT}.github/CHANGELOG.md`);
  assert(log.includes(`\n## ${manifest.version}\n`));
});

Deno.test("JSR gets what users need, and no tests", async () => {
  const args = ["publish", "--dry-run", "--allow-dirty"];
  const { code, output } = await run(Deno.execPath(), args);
  assertEquals(code, 0, output);
  const files = [...output.matchAll(/file:\/\/(\S+) \(/g)]
    .map(([, path]) => (path ?? "").slice(ROOT.length));
  assert(files.includes("lib/mod.ts") && files.includes("README.md"), output);
  const others = files.filter((file) =>
    !/^(lib\/|main\.ts$|deno\.json$|README\.md$|LICENSE$)/.test(file)
  );
  assertEquals(others, []);
});
