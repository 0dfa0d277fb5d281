// A real search: `deno task fuzz --seconds N [--seed N] [--runs N] [target]`.

import { parseArgs } from "node:util";
import { search } from "./fuzz_target.ts";
import { TARGETS } from "./targets.ts";

const { values, positionals: [wanted = ""] } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    runs: { type: "string", default: "Infinity" },
    seed: { type: "string" },
  },
  allowPositionals: true,
});
const targets = TARGETS.filter(({ name }) => name.startsWith(wanted));
if (targets.length === 0) {
  throw new Error(
    `No such target. There are:\n${TARGETS.map(({ name }) => name).join("\n")}`,
  );
}
const [drawn = 0] = crypto.getRandomValues(new Int32Array(1));
const seed = Number(values.seed ?? drawn);
const millisecondsEach = Number(values.seconds) * 1_000 / targets.length;
let failed = 0;
for (const target of targets) {
  const startedMs = performance.now();
  try {
    const runs = await search(target, {
      seed,
      runsMax: Number(values.runs),
      endMs: startedMs + millisecondsEach,
    });
    const perSecond = runs / (performance.now() - startedMs) * 1_000;
    report(`${runs} at ${Math.round(perSecond)}/s  ${target.name}`);
  } catch (error) {
    failed++;
    report(`FAILED  ${Deno.inspect(error)}`);
  }
}
Deno.exitCode = failed === 0 ? 0 : 1;

function report(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
