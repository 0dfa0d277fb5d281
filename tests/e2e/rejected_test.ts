/** What was refused, asked of a real server by a command of its own. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { eventText, headerOf, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "0" };
const CANARY = "Canary-Name";

function headerNow(text: string, secret = SECRET): string {
  return headerOf(text, { timestamp: Math.floor(Date.now() / 1000), secret });
}

async function refused(
  url: string,
  body: string,
  signature: string | null,
): Promise<void> {
  const response = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: signature === null ? {} : { "persona-signature": signature },
    body,
  });
  await response.body?.cancel();
  assertEquals(response.status, 401);
}

Deno.test("rejected lists what was refused in groups, and explains one of them", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const rejected = (...args: string[]) =>
    runProgram(["rejected", ...args], options);
  const none = await rejected();
  assertEquals([none.code, none.stdout, none.stderr], [0, "", ""]);

  const text = eventText("evt_1").replace("{", `{"name":"${CANARY}",`);
  await refused(server.url, text, null);
  await refused(server.url, text, headerNow(text, "wbhsec_another"));
  await refused(server.url, `${text}\n`, headerNow(text));

  const listed = await rejected();
  assertEquals([listed.code, listed.stderr], [0, ""]);
  const groups = listed.stdout.trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(
    groups.map(({ reason, status, count }) => [reason, status, count]),
    [["signature-mismatch", 401, 2], ["signature-missing", 401, 1]],
  );
  const [{ lastId }] = groups;

  const explained = await rejected(lastId.slice(0, 8));
  assertEquals([explained.code, explained.stderr], [0, ""]);
  const [detail, verdict, finding] = explained.stdout.trim().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals([detail.type, detail.requestId], ["rejected", lastId]);
  assertEquals([detail.header, detail.isKept], [null, true]);
  assertEquals([verdict.type, verdict.reason], [
    "verdict",
    "signature-mismatch",
  ]);
  assertEquals(finding.code, "body-line-break");
  assert(!explained.stdout.includes(CANARY), explained.stdout);
  assert(!server.stderr.includes("rejected revealed"));

  const revealed = await rejected(lastId, "--reveal");
  assert(revealed.stdout.includes(CANARY));
  await server.logged(
    new RegExp(`"rejected revealed".*"rejectedId":"${lastId}"`),
  );

  const unknown = await rejected("no-such");
  assertEquals([unknown.code, unknown.stdout], [1, ""]);
  assertMatch(unknown.stderr, /^No rejected delivery no-such\n/);
  assertEquals((await rejected("--reveal")).code, 2);
  assert(!server.stderr.includes(CANARY));
  assertEquals(await server.stop(), 0);
});

Deno.test("rejected finds a server whose store is in memory by its local port", async () => {
  await using dir = await TempDir.make();
  const memory = { ...env, INBOX_STORE: "sqlite::memory:" };
  const options = { cwd: dir.path, env: memory };
  await using server = await ServerProcess.start(["serve"], options);
  const [, port = ""] = await server.logged(
    /"localUrl":"http:\/\/127\.0\.0\.1:(\d+)\//,
  );
  await refused(server.url, "{}", null);
  const listed = await runProgram(
    ["rejected", `--admin-port=${port}`],
    options,
  );
  assertEquals([listed.code, listed.stderr], [0, ""]);
  assertEquals(JSON.parse(listed.stdout).count, 1);
  assertEquals(await server.stop(), 0);
});

Deno.test("rejected tells the address of a sender that hung up before its body was there", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const port = Number(new URL(server.url).port);
  {
    using connection = await RawConnection.open(port);
    const signature = `persona-signature: ${headerNow("{}")}`;
    const head = ["POST /webhook HTTP/1.1", signature, "content-length: 2"];
    await connection.send(head, "{");
  }
  await server.logged(/"reason":"body-broken-off"/);
  const { stdout } = await runProgram(["rejected"], options);
  const { reason, addresses } = JSON.parse(stdout);
  assertEquals([reason, addresses], ["body-broken-off", ["127.0.0.1"]]);
  assert(!server.stderr.includes("request failed"));
  assertEquals(await server.stop(), 0);
});

Deno.test("rejected says what to do when no server runs", async () => {
  await using dir = await TempDir.make();
  const args = ["rejected", "--admin-port=1"];
  const { code, stdout, stderr } = await runProgram(args, {
    cwd: dir.path,
    env,
  });
  assertEquals([code, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^Cannot list rejected deliveries: no answer from the server at http:\/\/127\.0\.0\.1:1\/api\/rejected\n.*start it/,
  );
});
