/** Code that was written for Persona, unchanged behind the inbox. */

import { assertEquals } from "@std/assert";
import { createForward } from "../../lib/destinations/forward.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";
import { dispatchOf, NEVER } from "../support/dispatches.ts";
import { endProcess, ROOT, spawnClean } from "../support/program.ts";
import { bytesOf, SECRET } from "../support/signed_delivery.ts";

const RECEIVED = '{"success":true,"message":"Webhook received successfully"}';
const INVALID = '{"success":false,"message":"Invalid webhook signature"}';

Deno.test("the quickstart's check takes what is forwarded, and nothing else", async () => {
  const script = `${ROOT}tests/support/node_handler.cjs`;
  const node = spawnClean("node", [script, SECRET], { cwd: ROOT });
  const lines = node.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { value: port = "" } = await lines.read();
    const url = `http://127.0.0.1:${port.trim()}/webhook`;
    const sample = JSON.stringify(sampleEvent("inquiry.approved"), null, 2);
    const body = bytesOf(`${sample.replace("{", "{ \r\n")}\n`);
    const table = [
      [SECRET, { ok: true, code: 200, output: RECEIVED }],
      [
        "wbhsec_other",
        { ok: false, reason: "status", code: 401, output: INVALID },
      ],
      [null, { ok: false, reason: "status", code: 401, output: INVALID }],
    ] as const;
    for (const [secret, expected] of table) {
      const destination = await createForward({
        url,
        secret,
        timeoutMs: 60_000,
      });
      for (const attempt of [1, 2]) {
        const dispatch = dispatchOf({ body, attempt });
        assertEquals(await destination.attempt(dispatch, NEVER), expected);
      }
      await destination.close();
    }
  } finally {
    await endProcess(node);
    await lines.cancel();
    await node.stderr.cancel();
  }
});
