import { assert, assertEquals } from "@std/assert";
import type { RejectedDetail } from "../../lib/views/api_types.ts";
import { LocalRig } from "../support/local_rig.ts";
import { rejected } from "../support/rejected.ts";
import { bytesOf, eventText, headerOf } from "../support/signed_delivery.ts";

const CANARY = "Canary-Name";
const TEXT = eventText("evt_1", CANARY);
const MISMATCH = { reason: "signature-mismatch" } as const;

Deno.test("GET /api/rejected/{id} explains a signature and masks the body", async () => {
  await using rig = await LocalRig.make();
  const header = headerOf(TEXT, { secret: "wbhsec_another" });
  rig.monitor.rejected(rejected(MISMATCH), { header, body: bytesOf(TEXT) });
  const path = "/api/rejected/request-7";
  const detail = await rig.get<RejectedDetail>(path);
  assertEquals([detail.isKept, detail.isRevealed, detail.header], [
    true,
    false,
    null,
  ]);
  assertEquals(detail.explanation?.ok, false);
  assert((detail.explanation?.findings.length ?? 0) > 0);
  assert(detail.body?.includes('"evt_1"'), detail.body ?? "");
  assert(!JSON.stringify(detail).includes(CANARY));
  assertEquals(rig.logged, []);

  const revealed = await rig.get<RejectedDetail>(`${path}?reveal=1`);
  assertEquals([revealed.header, revealed.body], [header, TEXT]);
  assertEquals(rig.logged.map(({ msg }) => msg), ["rejected revealed"]);
});

Deno.test("GET /api/rejected/{id} reveals access tokens in URLs only if they are asked for", async () => {
  await using rig = await LocalRig.make();
  for (const [i, end] of ["}", "}, no JSON"].entries()) {
    const text = `{"url": "https://x.test/a?access_token=t0ken"${end}`;
    const one = { ...rejected(MISMATCH), requestId: `request-${i}` };
    rig.monitor.rejected(one, { header: null, body: bytesOf(text) });
    const path = `/api/rejected/request-${i}`;
    const masked = await rig.get<RejectedDetail>(`${path}?reveal=1`);
    assert(masked.body?.includes("access_token=<string 5>"), masked.body ?? "");
    const asked = await rig.get<RejectedDetail>(`${path}?reveal=tokens`);
    assertEquals(asked.body, text);
  }
});

Deno.test("GET /api/rejected/{id} says nothing of a body that was not read", async () => {
  await using rig = await LocalRig.make();
  const header = headerOf(TEXT, { timestamp: 1 });
  const expired = { reason: "signature-expired" } as const;
  rig.monitor.rejected(rejected(expired), { header, body: null });
  const { explanation } = await rig.get<RejectedDetail>(
    "/api/rejected/request-7",
  );
  const codes = explanation?.findings.map(({ code }) => code);
  assertEquals(codes, ["timestamp-expired"]);
});

Deno.test("GET /api/rejected/{id} reports what it cannot show", async () => {
  await using rig = await LocalRig.make();
  const body = bytesOf(`${CANARY}, no JSON`);
  rig.monitor.rejected(rejected({ requestId: "no-json" }), {
    header: null,
    body,
  });
  const size = { requestId: "too-large", reason: "body-too-large" } as const;
  rig.monitor.rejected(rejected(size), { header: "t=1", body: null });
  const noJson = await rig.get<RejectedDetail>("/api/rejected/no-json");
  assertEquals(noJson.body, `<${body.length} bytes>`);
  const tooLarge = await rig.get<RejectedDetail>("/api/rejected/too-large");
  assertEquals([tooLarge.body, tooLarge.explanation], [null, null]);
  for (
    const [path, status] of [
      ["/api/rejected/unknown", 404],
      ["/api/rejected/no-json?reveal=2", 400],
      ["/api/rejected/no-json?other=1", 400],
    ] as const
  ) {
    const response = await rig.fetch(path);
    await response.body?.cancel();
    assertEquals(response.status, status, path);
  }
});
