import { assertEquals } from "@std/assert";
import { RejectedList } from "../../lib/monitor/rejected_list.ts";
import { rejected } from "../support/rejected.ts";

const body = new Uint8Array(1 << 20);

Deno.test("RejectedList keeps the latest 200, latest first", () => {
  const list = new RejectedList();
  for (let i = 0; i < 250; i++) {
    list.add(rejected({ requestId: `r-${i}` }), { header: "h", body: null });
  }
  const ids = list.list().map(({ requestId }) => requestId);
  assertEquals([ids.length, ids[0], ids.at(-1)], [200, "r-249", "r-50"]);
  assertEquals(list.get("r-49"), undefined);
  assertEquals(list.get("r-50")?.content?.header, "h");
});

Deno.test("RejectedList keeps 8 MiB of contents, of the latest", () => {
  const list = new RejectedList();
  for (let i = 0; i < 20; i++) {
    list.add(rejected({ requestId: `r-${i}` }), { header: null, body });
  }
  const kept = list.list().filter(({ requestId }) =>
    list.get(requestId)?.content
  );
  assertEquals(kept.map(({ requestId }) => requestId), [
    "r-19",
    "r-18",
    "r-17",
    "r-16",
    "r-15",
    "r-14",
    "r-13",
    "r-12",
  ]);
  assertEquals(list.list().length, 20);
});
