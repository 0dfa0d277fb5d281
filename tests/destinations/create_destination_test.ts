import { assert, assertEquals, assertRejects } from "@std/assert";
import { createDestination } from "../../lib/destinations/create_destination.ts";
import type {
  DestinationConfig,
  DestinationTarget,
} from "../../lib/destinations/destination_config.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { headerOf, NOW_SECONDS, SECRET } from "../support/signed_delivery.ts";
import { eventually } from "../support/within.ts";
import { TempDir } from "../support/temp_dir.ts";

function configOf(
  target: DestinationTarget,
  timeoutMs = 60_000,
): DestinationConfig {
  return {
    name: "app",
    target,
    events: ["*"],
    filter: null,
    order: "object",
    concurrency: 8,
    timeoutMs,
    attemptsMax: 12,
  };
}

Deno.test("createDestination() makes an HTTP destination with its clock", async () => {
  await using receiver = new EchoReceiver();
  const { url } = receiver;
  const destination = await createDestination(
    configOf({ kind: "http", url, secret: SECRET }),
    { clock: new FakeClock(NOW_SECONDS * 1000) },
  );
  const outcome = await destination.attempt(dispatchOf(), NEVER);
  assertEquals(outcome, { ok: true, code: 200, output: "ok" });
  const [request] = receiver.received;
  assertEquals(
    request?.headers.get("persona-signature"),
    headerOf(dispatchOf().body),
  );
  await destination.close();
});

Deno.test("createDestination() makes a command that does not see our secrets", async () => {
  Deno.env.set("INBOX_TEST_SECRET", SECRET);
  try {
    const command = ["sh", "-c", 'echo "<$INBOX_TEST_SECRET>"'] as const;
    const destination = await createDestination(
      configOf({ kind: "exec", command }),
      { environment: { env: { INBOX_TEST_SECRET: "" } } },
    );
    const outcome = await destination.attempt(dispatchOf(), NEVER);
    assertEquals(outcome, { ok: true, code: 0, output: "<>\n" });
    await destination.close();
  } finally {
    Deno.env.delete("INBOX_TEST_SECRET");
  }
});

Deno.test("createDestination() makes a module, which can be reloaded", async () => {
  await using dir = await TempDir.make();
  await dir.write("handlers.mjs", 'export default { "*"() { throw "ran"; } };');
  const path = `${dir.path}/handlers.mjs`;
  const destination = await createDestination(
    configOf({ kind: "module", path }),
  );
  assert("load" in destination);
  destination.load();
  const outcome = await destination.attempt(dispatchOf(), NEVER);
  assertEquals(outcome.output, "ran");
  await destination.close();
});

Deno.test("createDestination() loads a module before anybody waits for it", async () => {
  await using dir = await TempDir.make();
  await dir.write(
    "handlers.mjs",
    "Deno.writeTextFileSync(new URL('loaded', import.meta.url), '');",
  );
  const path = `${dir.path}/handlers.mjs`;
  const destination = await createDestination(
    configOf({ kind: "module", path }),
  );
  await eventually(
    60_000,
    () => Deno.stat(`${dir.path}/loaded`).then(() => true, () => false),
    () => "the module",
  );
  await destination.close();
});

Deno.test("createDestination() heeds the timeout", async () => {
  const command = ["sleep", "600"] as const;
  const destination = await createDestination(
    configOf({ kind: "exec", command }, 1),
  );
  const outcome = await destination.attempt(dispatchOf(), NEVER);
  assert(!outcome.ok);
  assertEquals(outcome.reason, "timeout");
  await destination.close();
});

Deno.test("createDestination() refuses an empty secret", async () => {
  const target = { kind: "http", url: "http://x", secret: "" } as const;
  await assertRejects(() => createDestination(configOf(target)), RangeError);
});
