/** What is supported is listed once: every other mention agrees with it. */

import { assert, assertEquals } from "@std/assert";
import { platformFindings } from "../lib/doctor/platform.ts";
import SUPPORTED from "../lib/supported.json" with { type: "json" };
import { ROOT } from "./support/program.ts";

const { oldest, newest } = SUPPORTED.deno;

Deno.test("README and DEVELOPERS.md name the supported versions of Deno", async () => {
  for (const file of ["README.md", ".ci/DEVELOPERS.md"]) {
    const text = await Deno.readTextFile(`${ROOT}${file}`);
    const oldestNamed = text.match(/\d+\.\d+\.\d+(?= or newer)/g) ?? [];
    const newestNamed = text.match(/(?<=deno@)\d+\.\d+\.\d+/g) ?? [];
    assert(oldestNamed.length > 0 && newestNamed.length > 0, file);
    assertEquals(new Set(oldestNamed), new Set([oldest]), file);
    assertEquals(new Set(newestNamed), new Set([newest]), file);
  }
});

Deno.test("README compiles for supported systems", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const targets = readme.match(/(?<=--target )[\w-]+/g) ?? [];
  assert(targets.length > 0);
  for (const target of targets) assert(SUPPORTED.targets.includes(target));
});

Deno.test("platformFindings() warns of what is not supported", () => {
  const [target = ""] = SUPPORTED.targets;
  const table: [deno: string, target: string, names: string[]][] = [
    [oldest, target, []],
    [newest, target, []],
    ["2.9.10", target, []],
    ["10.0.0", target, []],
    ["2.9.0", target, ["runtime"]],
    ["2.6.8", "riscv64-unknown-linux-gnu", ["runtime", "system"]],
  ];
  for (const [deno, target, names] of table) {
    const findings = platformFindings({ deno, target });
    assertEquals(findings.map(({ name }) => name), names, `${deno} ${target}`);
    assert(findings.every(({ status }) => status === "warning"));
  }
});
