/**
 * Anybody may connect and begin a body, and none of that may cost the memory of the
 * server or the place of a delivery. `ATTACK_CONNECTIONS` sets how many do: 1500 is
 * the full measure.
 */

import { assert, assertEquals } from "@std/assert";
import http2 from "node:http2";
import { deliver } from "../support/deliver.ts";
import { freshHeader, head, RawRequest } from "../support/raw_request.ts";
import { residentMib } from "../support/resident_memory.ts";
import { ServerProcess } from "../support/server_process.ts";
import { bytesOf, eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually, within } from "../support/within.ts";

const CONNECTIONS = Number(Deno.env.get("ATTACK_CONNECTIONS") ?? 200);
const MIB = 1 << 20;
const ALMOST = bytesOf(" ".repeat(MIB - 1));
/** Of the whole process, a third more than 64 MiB of bodies and 150 of the rest. */
const MEMORY_MIB_MAX = 300;
/** Only on a machine too busy for the deadline of a delivery, which is answered then. */
const LATE_MS = 4_000;

/** Begins bodies that never end. */
type Attack = (
  server: ServerProcess,
  scope: AsyncDisposableStack,
) => Promise<void>;

/** On each connection a request that lacks the last byte. */
function overHttp1(text: string): Attack {
  const begin = bytesOf(text);
  return async ({ port }, scope) => {
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      try {
        const connection = scope.use(await RawRequest.begin(port));
        await connection.send(begin);
      } catch {
        // Refused meanwhile, or not let in at all.
      }
    }));
  };
}

/** The same as streams of four connections, as many as the server lets them have. */
const overHttp2: Attack = async ({ url }, scope) => {
  const [name = "", value = ""] = freshHeader().split(": ");
  for (let i = 0; i < 4; i++) {
    const session = scope.adopt(http2.connect(url), (one) => one.destroy());
    session.on("error", () => {});
    for (let n = 0; n < CONNECTIONS / 4; n++) {
      const stream = session.request({
        ":method": "POST",
        ":path": "/webhook",
        "content-length": String(MIB),
        [name]: value,
      });
      stream.on("error", () => {});
      stream.write(ALMOST);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
};

const length = (bytes: number) => `content-length: ${bytes}`;
const chunked = "transfer-encoding: chunked";
const chunk = `${MIB.toString(16)}\r\n${" ".repeat(MIB - 1)}`;
const small = 120 << 10;

const ATTACKS: Record<string, Attack> = {
  "bodies without their last byte": overHttp1(
    head([length(MIB), freshHeader()]) + " ".repeat(MIB - 1),
  ),
  "small bodies without their last byte": overHttp1(
    head([length(small), freshHeader()]) + " ".repeat(small - 1),
  ),
  "chunked bodies without their end": overHttp1(
    head([chunked, freshHeader()]) + chunk,
  ),
  "bodies in chunks of a byte": overHttp1(
    head([chunked, freshHeader()]) + "1\r\n \r\n".repeat(2_000),
  ),
  "declared bodies of which nothing comes": overHttp1(
    head([length(MIB), freshHeader()]),
  ),
  "unsigned bodies": overHttp1(head([length(MIB)]) + " ".repeat(MIB - 1)),
  "HTTP/2 streams without their last byte": overHttp2,
};

for (const [name, attack] of Object.entries(ATTACKS)) {
  Deno.test(`${CONNECTIONS} × ${name}: bounded memory, and a delivery is taken`, async () => {
    await using dir = await TempDir.make();
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env: { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_LOG_LEVEL: "error" },
    });
    await using scope = new AsyncDisposableStack();
    const attacking = attack(server, scope);
    let isOver = false;
    void attacking.finally(() => isOver = true);
    let memory = 0;
    // Until after the deadline of what stalls.
    const end = performance.now() + 6_000;
    for (let n = 0; !isOver || performance.now() < end; n++) {
      const beganMs = performance.now();
      const status = await deliverTo(server, `evt_${n}`);
      const isLate = performance.now() - beganMs > LATE_MS;
      if (!isLate) assertEquals(status, 200);
      memory = Math.max(memory, await residentMib(server.pid));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert(memory < MEMORY_MIB_MAX, `${memory} MiB`);
    const isTaken = async () => await deliverTo(server, "evt_last") === 200;
    await eventually(60_000, isTaken, () => "a delivery to be taken");
  });
}

/** Delivers an event: the status. */
async function deliverTo({ url }: ServerProcess, id: string): Promise<number> {
  const answer = deliver(url, eventText(id));
  return (await within(60_000, answer, () => "an answer")).status;
}
