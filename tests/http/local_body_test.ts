import { assert, assertEquals } from "@std/assert";
import { delivery } from "../support/deliveries.ts";
import { LocalRig } from "../support/local_rig.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const TEXT = `{"name":"O'Brien","price":1.0}`;

async function makeRig(): Promise<LocalRig> {
  const rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_1", { body: bytesOf(TEXT) }));
  return rig;
}

Deno.test("GET /api/events/{id}/body sends the bytes as they came, and records it", async () => {
  await using rig = await makeRig();
  const response = await rig.fetch("/api/events/evt_1/body?reveal=1");
  assertEquals(await response.text(), TEXT);
  assertEquals(
    response.headers.get("content-disposition"),
    'attachment; filename="evt_1.json"',
  );
  const [record] = await Array.fromAsync(rig.audit.records());
  assertEquals([record?.act, record?.by, record?.subject], [
    "reveal",
    "local",
    "evt_1",
  ]);
});

Deno.test("GET /api/events/{id}/curl is a command that a shell runs as it stands", async () => {
  await using rig = await makeRig();
  const response = await rig.fetch("/api/events/evt_1/curl?reveal=1");
  const command = await response.text();
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `curl() { printf '%s\\n' "$@"; }; ${command}`],
  }).output();
  const [url, , type, , signature, , body, ...more] = new TextDecoder()
    .decode(stdout).trimEnd().split("\n");
  assertEquals([url, type, body], [
    "http://127.0.0.1:3000/webhook",
    "content-type: application/json",
    TEXT,
  ]);
  assert(/^persona-signature: t=\d+,v1=[0-9a-f]{64}$/.test(signature ?? ""));
  assertEquals(more, []);
});

Deno.test("bodies have access tokens in URLs only if they are asked for, and the audit trail says so", async () => {
  await using rig = await LocalRig.make();
  const text = '{"data": {"url": "https://x.test/a?access_token=t0ken"}}';
  await rig.open.accept(delivery("evt_1", { body: bytesOf(text) }));
  for (const what of ["", "/body", "/curl"]) {
    const path = `/api/events/evt_1${what}`;
    for (const [query, isShown] of [["1", false], ["tokens", true]] as const) {
      const response = await rig.fetch(`${path}?reveal=${query}`);
      const shown = await response.text();
      assertEquals(shown.includes("t0ken"), isShown, `${path} ${query}`);
      assert(shown.includes("access_token="), `${path} ${query}`);
    }
  }
  const records = await Array.fromAsync(rig.audit.records());
  assertEquals(
    records.map(({ detail }) => detail),
    ["", "/body", "/curl"].flatMap(() => [null, "with access tokens"]),
  );
});

Deno.test("bodies are shown only when asked for, and only of events", async () => {
  await using rig = await makeRig();
  for (const what of ["body", "curl"]) {
    const table: [path: string, status: number][] = [
      [`/api/events/evt_1/${what}`, 400],
      [`/api/events/evt_1/${what}?reveal=0`, 400],
      [`/api/events/evt_none/${what}?reveal=1`, 404],
    ];
    for (const [path, status] of table) {
      const response = await rig.fetch(path);
      await response.body?.cancel();
      assertEquals(response.status, status, path);
    }
  }
  assertEquals(await rig.audit.last(), undefined);
});

Deno.test("GET /api/events/{id} says which setting keeps an event from a destination", async () => {
  await using rig = await LocalRig.make();
  const name = "account.created";
  await rig.open.accept(delivery("evt_1", { name }));
  const { missedBy } = await rig.get<{ missedBy: unknown }>(
    "/api/events/evt_1",
  );
  assertEquals(missedBy, [{ destination: "notify", because: "events" }]);
});
