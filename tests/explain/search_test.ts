import { assert, assertEquals } from "@std/assert";
import { keysOf } from "../../lib/explain/keys.ts";
import { search } from "../../lib/explain/search.ts";
import { Work } from "../../lib/explain/work.ts";
import {
  bytesOf,
  eventText,
  macOf,
  NOW_SECONDS,
  SECRET,
} from "../support/signed_delivery.ts";

const BODY = eventText();

/** Searches with so much work at most. */
async function searched(signed: string, bytesMax: number) {
  const set = { timestamps: [`${NOW_SECONDS}`], macs: [macOf(signed)] };
  const work = new Work(bytesMax);
  const [result] = search([set], {
    body: bytesOf(BODY),
    keys: await keysOf([SECRET]),
    differencesMax: 2,
    work,
  });
  assert(result);
  return result;
}

Deno.test("search() finds what fits as soon as its work allows it", async () => {
  assertEquals((await searched(BODY, 100_000)).ok, true);
  const pretty = JSON.stringify(JSON.parse(BODY), null, 4);
  assertEquals((await searched(pretty, 100_000)).ok, false);
  assertEquals((await searched(pretty, 100_000_000)).ok, true);
});

Deno.test("search() says whether it tried everything", async () => {
  for (const bytesMax of [0, 1, 100_000, 1_000_000, 10_000_000]) {
    const expected = { ok: false, isComplete: false } as const;
    assertEquals(await searched("signed", bytesMax), expected);
  }
  assertEquals(await searched("signed", 2 ** 31), {
    ok: false,
    isComplete: true,
  });
});
