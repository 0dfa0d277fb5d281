/** Events that come after the redaction of their object: what is kept by a rule, or held. */

import { assertEquals } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { deliver } from "../support/deliver.ts";
import { setUpErasing, statuses } from "../support/erasing.ts";
import { personBody, type PersonEvent } from "../support/person_event.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventually } from "../support/within.ts";

const OBJECTS = ["act_none", "inq_held", "txn_rule"];

/** Created before the redaction of its object. */
const LATE: readonly PersonEvent[] = [
  { id: "evt_none", objectId: "act_none", name: "account.created" },
  { id: "evt_held", objectId: "inq_held", reference: "user-held" },
  { id: "evt_rule", objectId: "txn_rule", name: "transaction.created" },
];

for (const keys of [null, createEncryptionKey("k1")]) {
  const how = keys === null ? "" : ", encrypted";
  Deno.test(`what a rule or a hold keeps is kept though it comes after its redaction${how}`, async () => {
    await using setup = await setUpErasing({
      onRedacted: "erase",
      retention: [{ match: "transaction.*", min: "5y", basis: "AML Act" }],
    });
    const { cwd, env } = setup.options;
    const options = {
      cwd,
      env: { ...env, ...(keys !== null && { INBOX_ENCRYPTION_KEYS: keys }) },
    };
    await using server = await ServerProcess.start(["serve"], options);
    const hold = ["hold", "--reference=user-held", "--reason=case 7"];
    assertEquals((await runProgram(hold, options)).code, 0);
    for (const objectId of OBJECTS) await redact(server, objectId);
    const log = `${setup.data}/inbox.erasures`;
    await eventually(
      60_000,
      async () => await linesOf(log) > OBJECTS.length,
      () => "the redactions to be remembered",
    );
    for (const event of LATE) {
      const { status } = await deliver(server.url, personBody(event));
      assertEquals(status, 200);
    }
    const { evt_none, evt_held, evt_rule } = await statuses(options);
    assertEquals(evt_none, "erased");
    for (const status of [evt_held, evt_rule]) {
      assertEquals(status === "done" || status === "pending", true, status);
    }
  });
}

async function redact(server: ServerProcess, objectId: string): Promise<void> {
  const type = { act: "account", inq: "inquiry", txn: "transaction" };
  const prefix = objectId.slice(0, 3) as keyof typeof type;
  const body = personBody({
    id: `evt_redacted_${objectId}`,
    objectId,
    name: `${type[prefix]}.redacted`,
    redactedAt: "2024-02-16T00:00:00.000Z",
    createdAt: "2024-02-16T00:00:01.000Z",
  });
  assertEquals((await deliver(server.url, body)).status, 200);
}

/** The number of lines of a file; 0 without one. The first line of a log is its head. */
async function linesOf(path: string): Promise<number> {
  try {
    return (await Deno.readTextFile(path)).split("\n").length - 1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
