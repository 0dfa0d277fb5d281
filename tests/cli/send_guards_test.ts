/** What `send` warns of, and asks before. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { EVENT_NAMES } from "../../lib/persona/event_names.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { FakeIo } from "../support/fake_io.ts";

const STATUS = "data.attributes.payload.data.attributes.status";

Deno.test("send warns of a --set whose path did not exist, and names the one meant", async () => {
  await using receiver = new EchoReceiver();
  const added = (path: string, nearest: string) =>
    `--set ${path} adds a key: there was none. Did you mean "${nearest}"?\n`;
  const misspelled = STATUS.replace("status", "stauts");
  const snake = STATUS.replace("status", "reference-id");
  const table: [args: string[], err: string][] = [
    [[`${STATUS}=declined`], ""],
    [["status=declined"], added("status", STATUS)],
    [[`${misspelled}=declined`], added(misspelled, STATUS)],
    [
      [`${snake}=x`, "--inflection=snake"],
      added(snake, STATUS.replace("status", "reference_id")),
    ],
    [["zzz=1"], "--set zzz adds a key: there was none.\n"],
  ];
  for (const [args, err] of table) {
    const io = new FakeIo();
    const all = ["send", "--to", receiver.url, "--secret=s", "--set", ...args];
    assertEquals([await run(all, io), io.err], [0, err], args.join(" "));
  }
});

Deno.test("send asks before anything leaves this machine", async () => {
  const args = ["send", "--to", "http://app.example/webhook", "--secret=s"];
  const sentBy = async (io: FakeIo, ...more: string[]) => {
    const hosts: string[] = [];
    io.fetch = (request: Request) => {
      hosts.push(new URL(request.url).host);
      return Promise.resolve(new Response());
    };
    return [await run([...args, ...more], io), hosts.length, io.err];
  };
  const asked = new FakeIo({ answer: true });
  assertEquals(await sentBy(asked), [0, 1, ""]);
  assertEquals(asked.asked, [
    "Send 1 event to app.example, which is not this machine?",
  ]);
  const nothing = "Nothing was sent\n";
  assertEquals(await sentBy(new FakeIo({ answer: false })), [1, 0, nothing]);
  assertEquals(await sentBy(new FakeIo()), [
    2,
    0,
    "Sending to app.example must be confirmed, as it is not this machine: add --yes\n",
  ]);
  assertEquals(await sentBy(new FakeIo(), "--yes"), [0, 1, ""]);
  const local = ["localhost:80", "127.1:80", "[::1]:80", "app.localhost:80"];
  for (const host of local) {
    const io = new FakeIo({ answer: false });
    assertEquals(await sentBy(io, "--yes"), [0, 1, ""]);
    io.fetch = () => Promise.resolve(new Response());
    const to = `http://${host}/`;
    assertEquals(await run(["send", "--secret=s", "--to", to], io), 0, host);
  }
});

Deno.test("send --list lists every name, and --object and --reference are in the sample", async () => {
  const piped = new FakeIo();
  assertEquals(await run(["send", "--list"], piped), 0);
  assertEquals(piped.json.map(({ name }) => name), [...EVENT_NAMES]);
  const refused = new FakeIo();
  assertEquals(await run(["send", "--list", "inquiry.approved"], refused), 2);
  assertStringIncludes(refused.err, "remove inquiry.approved");
  const shown = new FakeIo({ isTerminal: true });
  assertEquals(await run(["send", "--list"], shown), 0);
  assertEquals(shown.out, `${EVENT_NAMES.join("\n")}\n`);

  await using receiver = new EchoReceiver();
  const args = ["send", "--to", receiver.url, "--object=inq_1"];
  assertEquals(await run([...args, "--reference=u-7"], new FakeIo()), 0);
  const [received] = receiver.received;
  const { data } = JSON.parse(new TextDecoder().decode(received?.body)).data
    .attributes.payload;
  assertEquals([data.id, data.attributes["reference-id"]], ["inq_1", "u-7"]);
});

Deno.test("send --help speaks of its own --port, not of a server's", async () => {
  const io = new FakeIo();
  assertEquals(await run(["send", "--help"], io), 0);
  assertEquals(io.out.includes("picks one"), false);
});
