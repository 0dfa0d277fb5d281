import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { parseEvent } from "../../lib/persona/event.ts";
import { EVENT_NAMES } from "../../lib/persona/event_names.ts";
import { INFLECTIONS } from "../../lib/persona/inflection.ts";
import { faultsOf } from "../support/documented.ts";
import { createVerifier } from "../../lib/persona/signature.ts";
import { EchoReceiver, type Received } from "../support/echo_receiver.ts";
import { FakeIo, type FakeIoOptions } from "../support/fake_io.ts";

const SECRET = "wbhsec_send";

async function send(
  to: EchoReceiver,
  args: readonly string[],
  options: FakeIoOptions = {},
) {
  const io = new FakeIo(options);
  const code = await run(["send", "--to", to.url, ...args], io);
  return { io, code };
}

/** What arrives when something is sent. */
async function sent(...args: string[]): Promise<Received[]> {
  await using receiver = new EchoReceiver();
  const { io, code } = await send(receiver, args);
  assertEquals(code, 0, io.err);
  return receiver.received;
}

// deno-lint-ignore no-explicit-any
function jsonOf({ body }: Received): any {
  return JSON.parse(new TextDecoder().decode(body));
}

Deno.test("send takes every name in every inflection, signed and readable", async () => {
  await using receiver = new EchoReceiver();
  const verifier = await createVerifier([SECRET]);
  for (const inflection of INFLECTIONS) {
    for (const name of EVENT_NAMES) {
      const args = [name, "--inflection", inflection, "--secret", SECRET];
      const { code, io } = await send(receiver, args);
      assertEquals(code, 0, io.err);
      const { body, headers } = receiver.received.pop()!;
      const signature = headers.get("persona-signature");
      const verified = await verifier.verify(signature, body);
      assert(verified.ok, `${name}, ${inflection}`);
      const parsed = parseEvent(body);
      assert(parsed.ok);
      assertEquals(parsed.event.name, name);
      assertEquals(io.json[0].id, parsed.event.id);
    }
  }
});

Deno.test("send makes the sample for another API version", async () => {
  for (const version of ["2023-01-05", "2025-12-08"] as const) {
    const [received] = await sent("--api-version", version);
    const { body } = received!;
    const sample = JSON.parse(new TextDecoder().decode(body));
    const { attributes } = sample.data.attributes.payload.data;
    assertEquals("name-first" in attributes, version === "2023-01-05");
    assertEquals(faultsOf(sample, { version, inflection: "kebab" }), []);
  }
});

Deno.test("send sends inquiry.approved as Persona would on a first attempt", async () => {
  const [received] = await sent("--secret", SECRET, "--at", "1750000000");
  const { headers } = received!;
  assertEquals(jsonOf(received!).data.attributes.name, "inquiry.approved");
  const expected = {
    "content-type": "application/json; charset=utf-8",
    "persona-webhook-attempts-made": "1",
    "persona-webhook-attempts-left": "7",
    "persona-webhook-first-attempted-at": "1750000000",
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(headers.get(name), value, name);
  }
  assert(headers.get("persona-signature")!.startsWith("t=1750000000,v1="));
});

Deno.test("send --set changes values, JSON if it is and text if not", async () => {
  const table: [change: string, path: string[], value: unknown][] = [
    ["data.attributes.payload.data.attributes.status=declined", [
      ..."data.attributes.payload.data.attributes.status".split("."),
    ], "declined"],
    ["data.id=evt_mine", ["data", "id"], "evt_mine"],
    ["data.n=3", ["data", "n"], 3],
    ["data.n=-1.5e3", ["data", "n"], -1500],
    ["data.t=true", ["data", "t"], true],
    ["data.t=null", ["data", "t"], null],
    ['data.t="3"', ["data", "t"], "3"],
    ["data.t=", ["data", "t"], ""],
    ["data.t=a=b", ["data", "t"], "a=b"],
    ["data.t={not json", ["data", "t"], "{not json"],
    ['data.a=["x",{"y":1}]', ["data", "a"], ["x", { y: 1 }]],
    ["a.b.c.d=new", ["a", "b", "c", "d"], "new"],
    ["data.é🗝=1", ["data", "é🗝"], 1],
    ["data.__proto__=1", ["data", "__proto__"], 1],
    ["__proto__.polluted=1", ["__proto__", "polluted"], 1],
    ["constructor.prototype.polluted=1", [
      "constructor",
      "prototype",
      "polluted",
    ], 1],
  ];
  for (const [change, path, value] of table) {
    const [received] = await sent("--set", change);
    let found = jsonOf(received!);
    for (const key of path) {
      assert(Object.hasOwn(found, key), `${change}: ${key}`);
      found = found[key];
    }
    assertEquals(found, value, change);
  }
  assertEquals("polluted" in {}, false);
});

Deno.test("send --set may be repeated, and leads into arrays", async () => {
  const [received] = await sent(
    ...["--set", 'data.list=[1,{"a":2}]', "--set", "data.list.1.a=3"],
    ...["--set", "data.list.2=4", "--set=data.id=evt_last"],
  );
  const { data } = jsonOf(received!);
  assertEquals(data.list, [1, { a: 3 }, 4]);
  assertEquals(data.id, "evt_last");
});

Deno.test("send --file sends the bytes as they are", async () => {
  const body = Uint8Array.from({ length: 256 }, (_, i) => i);
  await using receiver = new EchoReceiver();
  const args = ["--file", "body.bin", "--secret", SECRET, "--count", "2"];
  const { code, io } = await send(receiver, args, {
    bytes: { "body.bin": body },
  });
  assertEquals(code, 0, io.err);
  const verifier = await createVerifier([SECRET]);
  assertEquals(receiver.received.length, 2);
  for (const { body: arrived, headers } of receiver.received) {
    assertEquals(arrived, body);
    const signature = headers.get("persona-signature");
    assert((await verifier.verify(signature, arrived)).ok);
  }
  assertEquals([io.json[0].name, io.json[0].id], [null, null]);
});

Deno.test("send --file - sends standard input, as often as is asked", async () => {
  await using receiver = new EchoReceiver();
  const body = new TextEncoder().encode("{}");
  const args = ["--file", "-", "--count", "2"];
  const { code } = await send(receiver, args, { input: body });
  assertEquals(code, 0);
  assertEquals(receiver.received.map(({ body }) => body), [body, body]);
});

Deno.test("send tells the name of what it sent, whatever it was asked for", async () => {
  await using receiver = new EchoReceiver();
  const file = {
    data: { type: "event", id: "evt_1", attributes: { name: "case.created" } },
  };
  const files = { "event.json": JSON.stringify(file) };
  const unknown = (name: string) =>
    `${name} is not in Persona's catalog of events.\n`;
  const changed = ["--set", "data.attributes.name=foo.bar"];
  const table: [args: string[], name: string, err: string][] = [
    [[], "inquiry.approved", ""],
    [changed, "foo.bar", unknown("foo.bar")],
    [["--file", "event.json"], "case.created", ""],
    [["--file", "event.json", ...changed], "foo.bar", unknown("foo.bar")],
    [
      ["inquiry.aproved"],
      "inquiry.aproved",
      'inquiry.aproved is not in Persona\'s catalog of events. Did you mean "inquiry.approved"?\n',
    ],
  ];
  for (const [args, name, err] of table) {
    const given = [...args, "--count=2", "--secret=s"];
    const { io, code } = await send(receiver, given, { files });
    assertEquals([code, io.err], [0, err], args.join(" "));
    assertEquals(io.json.map((line) => line.name), [name, name]);
  }
});

Deno.test("send shows no password of a URL", async () => {
  await using receiver = new EchoReceiver();
  const to = receiver.url.replace("//", "//user:canary@");
  const io = new FakeIo();
  assertEquals(await run(["send", "--to", to, "--secret=s"], io), 0);
  assertEquals(io.json[0].to, receiver.url);
  const { headers } = receiver.received[0]!;
  assertEquals(headers.get("authorization"), `Basic ${btoa("user:canary")}`);
  io.fetch = () => Promise.reject(new TypeError(to));
  assertEquals(await run(["send", "--to", to, "--secret=s"], io), 1);
  assert(!`${io.out}${io.err}`.includes("canary"), io.err);
});

Deno.test("send --file with --set changes a file of JSON", async () => {
  await using receiver = new EchoReceiver();
  const files = { "event.json": '{"data":{"id":"evt_1","type":"event"}}' };
  const args = ["--file", "event.json", "--set", "data.id=evt_2"];
  const { code } = await send(receiver, args, { files });
  assertEquals(code, 0);
  assertEquals(jsonOf(receiver.received[0]!), {
    data: { id: "evt_2", type: "event" },
  });
});

Deno.test("send --count makes each an event of its own", async () => {
  const received = await sent("--count", "20");
  const ids = received.map((one) => jsonOf(one).data.id);
  assertEquals(new Set(ids).size, 20);
});

Deno.test("send signs with the first secret, and says so when there is none", async () => {
  await using receiver = new EchoReceiver();
  const verifier = await createVerifier(["s1"]);
  const table: FakeIoOptions[] = [
    { env: { PERSONA_WEBHOOK_SECRET: "s1,s2" } },
    { files: { ".env": "PERSONA_WEBHOOK_SECRET=s1" } },
    { files: { "inbox.json": '{"secret":["s1","s3"]}' } },
  ];
  for (const options of table) {
    const { io } = await send(receiver, [], options);
    assertEquals(io.err, "");
    const { headers, body } = receiver.received.pop()!;
    const signature = headers.get("persona-signature");
    assert((await verifier.verify(signature, body)).ok);
  }
  const { io, code } = await send(receiver, []);
  assertEquals(code, 0);
  assert(io.err.startsWith("No secret: sending unsigned"), io.err);
  assertEquals(receiver.received[0]!.headers.get("persona-signature"), null);
});

Deno.test("send goes to the port of the settings unless told otherwise", async () => {
  await using receiver = new EchoReceiver();
  for (
    const [args, env] of [
      [["--port", String(receiver.port)], {}],
      [[], { PORT: String(receiver.port) }],
    ] as const
  ) {
    assertEquals(await run(["send", ...args], new FakeIo({ env })), 0);
  }
  assertEquals(receiver.received.map(({ path }) => path), [
    "/webhook",
    "/webhook",
  ]);
});

Deno.test("send fails when the answer is no 2xx, and follows no redirect", async () => {
  const table: [status: number, code: number][] = [
    [200, 0],
    [204, 0],
    [301, 1],
    [302, 1],
    [307, 1],
    [400, 1],
    [401, 1],
    [503, 1],
  ];
  for (const [status, expected] of table) {
    await using receiver = new EchoReceiver(() =>
      new Response(null, { status, headers: { location: "/elsewhere" } })
    );
    const { code, io } = await send(receiver, ["--count", "2"]);
    assertEquals(code, expected, String(status));
    assertEquals(io.json.map((line) => line.status), [status, status]);
    assertEquals(receiver.received.map(({ path }) => path), [
      "/webhook",
      "/webhook",
    ]);
  }
});

Deno.test("send explains a failed response once", async () => {
  const table: [status: number, args: string[], advice: string][] = [
    [302, ["--secret=s"], "redirects are not followed"],
    [401, ["--secret=s"], "has a different secret, or a different clock"],
    [401, [], "requires a signature"],
    [403, ["--secret=s"], "INBOX_ALLOW_IPS"],
    [404, ["--secret=s"], "give its path"],
    [413, ["--secret=s"], "too large"],
    [422, ["--secret=s"], "refused it"],
    [500, ["--secret=s"], "cannot accept it now"],
  ];
  for (const [status, args, advice] of table) {
    await using receiver = new EchoReceiver(() =>
      new Response(null, { status })
    );
    const { io, code } = await send(receiver, ["--count=2", ...args]);
    assertEquals(code, 1);
    const lines = io.err.split("\n").filter((line) =>
      line.startsWith(`Answered ${status}: `)
    );
    assertEquals(lines.length, 1, io.err);
    assert(lines[0]?.includes(advice), lines[0]);
  }
});

Deno.test("send distinguishes a receiver that hangs up or is silent from none", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hangUp = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1_024));
      connection.close();
    }
  })();
  const url = `http://127.0.0.1:${listener.addr.port}/`;
  const io = new FakeIo();
  assertEquals(await run(["send", "--secret=s", "--to", url], io), 1);
  listener.close();
  await hangUp;
  assertEquals(
    io.err,
    `Cannot send to ${url}: it hung up without an answer\n` +
      "Is it a web server, with http or https as in the URL? See its log\n",
  );

  const silent = new FakeIo();
  silent.fetch = ({ signal }) => {
    assert(!signal.aborted);
    return Promise.reject(new DOMException("canary", "TimeoutError"));
  };
  assertEquals(await run(["send", "--secret=s", "--to", url], silent), 1);
  assertEquals(
    silent.err,
    `Cannot send to ${url}: no answer within 10 s\n` +
      "Something listens there and does not respond: see its log\n",
  );
});

Deno.test("send fails with a hint when nothing listens", async () => {
  let url = "";
  {
    await using gone = new EchoReceiver();
    url = gone.url;
  }
  const io = new FakeIo();
  assertEquals(await run(["send", "--to", url, "--count", "9"], io), 1);
  assertEquals(io.out, "");
  assertEquals(
    io.err.split("\n").slice(1),
    [
      `Cannot send to ${url}: nothing answers there`,
      "Is it running, and can this machine connect to it? Is its URL right?",
      "",
    ],
  );
  assertEquals(io.requests.length, 1, "one failure is enough");
});

Deno.test("send prints a line for people, and JSON for programs", async () => {
  await using receiver = new EchoReceiver();
  const piped = await send(receiver, ["inquiry.failed"]);
  const { id } = jsonOf(receiver.received[0]!).data;
  assertEquals(piped.io.json, [{
    status: 200,
    name: "inquiry.failed",
    id,
    to: receiver.url,
  }]);
  const terminal = await send(receiver, [], { isTerminal: true });
  const other = jsonOf(receiver.received[1]!).data.id;
  assertNotEquals(other, id);
  assertEquals(terminal.io.out, `200  inquiry.approved  ${other}\n`);
  const asked = await send(receiver, ["--json"], { isTerminal: true });
  assertEquals(asked.io.json.length, 1);
});
