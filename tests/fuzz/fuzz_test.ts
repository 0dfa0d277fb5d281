import { assertEquals } from "@std/assert";
import { search } from "./fuzz_target.ts";
import { TARGETS } from "./targets.ts";

for (const target of TARGETS) {
  Deno.test(`fuzz ${target.name}`, async () => {
    const runsMax = target.runs;
    assertEquals(await search(target, { seed: 1, runsMax }), runsMax);
  });
}
