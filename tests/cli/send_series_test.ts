import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planChaos } from "../../lib/cli/chaos_plan.ts";
import { run } from "../../lib/cli/run.ts";
import { parseEvent } from "../../lib/persona/event.ts";
import { sampleSeries, SCENARIOS } from "../../lib/samples/series.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { FakeIo } from "../support/fake_io.ts";
import { bytesOf } from "../support/signed_delivery.ts";

Deno.test("send --scenario sends all events of one inquiry in their order", async () => {
  await using receiver = new EchoReceiver();
  const io = new FakeIo();
  const flags = ["--scenario", "review", "--object", "inq_7", "--count", "2"];
  const args = ["send", "--to", receiver.url, ...flags];
  assertEquals(await run(args, io), 0, io.err);
  const names = receiver.received.map(({ body }) => {
    const parsed = parseEvent(body);
    assert(parsed.ok);
    const { name, object } = parsed.event;
    if (name.startsWith("inquiry.")) assertEquals(object?.id, "inq_7");
    return name;
  });
  const once = [
    "inquiry.created",
    "inquiry.started",
    "inquiry-session.started",
    "verification.created",
    "verification.submitted",
    "verification.passed",
    "inquiry.completed",
    "inquiry.marked-for-review",
  ];
  assertEquals(names, [...once, ...once]);
  assertEquals(io.json.map(({ name }) => name), names);
});

Deno.test("send refuses what says something else than --scenario or --chaos", async () => {
  const table: [args: string[], fault: string][] = [
    [
      ["inquiry.failed", "--scenario", "expired"],
      "inquiry.failed and --scenario both say what to send: remove one",
    ],
    [
      ["--scenario", "expired", "--file", "a.json"],
      "--file and --scenario both say what to send: remove one",
    ],
    [
      ["--chaos", "1", "--set", "a=b"],
      "--set and --chaos both say what to send: remove one",
    ],
    [
      ["--chaos", "1", "--at", "7"],
      "--chaos sets its own times: remove --at",
    ],
    [
      ["--chaos", "x"],
      "Cannot use --chaos as it must be a whole number from 0 to 4294967295: current value is x",
    ],
    [
      ["--chaos", "1", "--count", "101"],
      "Cannot use --count as it must be a whole number from 1 to 100: current value is 101",
    ],
    [
      ["--scenario", "aproved"],
      "Cannot use --scenario as it must be one of approved, declined, review, expired: current value is aproved",
    ],
    [
      ["--chaos", "1"],
      "--chaos needs a secret to sign with: set PERSONA_WEBHOOK_SECRET or --secret",
    ],
  ];
  for (const [args, fault] of table) {
    const io = new FakeIo();
    assertEquals(await run(["send", ...args], io), 2);
    assertEquals(io.err.trimEnd().split("\n")[0], fault);
    assertEquals(io.requests, []);
  }
});

Deno.test("send --chaos tells a receiver that accepts everything, exit 1", async () => {
  await using receiver = new EchoReceiver();
  const io = new FakeIo();
  const flags = ["--chaos", "3", "--secret", "wbhsec_send"];
  assertEquals(await run(["send", "--to", receiver.url, ...flags], io), 1);
  assertStringIncludes(io.err, "it must be refused");
  assertEquals(io.json.length, 28);
});

Deno.test("planChaos() makes the same plan of a seed, and another one of another", () => {
  const bodies = SCENARIOS.flatMap((scenario) => sampleSeries(scenario))
    .map((event) => bytesOf(JSON.stringify(event)));
  const kindsOf = (seed: number) =>
    planChaos(bodies, seed).deliveries.map(({ kind, copy }) => kind + copy);
  assertEquals(kindsOf(7), kindsOf(7));
  assert(kindsOf(7).join() !== kindsOf(8).join());
  const { deliveries, expected } = planChaos(bodies, 7);
  assertEquals(new Set(deliveries.map(({ kind }) => kind)).size, 9);
  assertEquals(expected.length, bodies.length);
  assert(expected.some(({ duplicates }) => duplicates > 0));
  const firsts = deliveries.filter(({ isAccepted }) => isAccepted);
  const again = expected.reduce((sum, { duplicates }) => sum + duplicates, 0);
  assertEquals(firsts.length, bodies.length + again);
});
