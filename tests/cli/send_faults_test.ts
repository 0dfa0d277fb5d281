import { PROGRAM_NAME } from "../../lib/program_name.ts";
import { assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { FakeIo, type FakeIoOptions } from "../support/fake_io.ts";

function nowhere(path: string): string {
  return `Cannot set ${path} as every key before the last must lead to an object or array: see the keys of a sample, ${PROGRAM_NAME} events ID`;
}

Deno.test("send tells every fault at once, and sends nothing", async () => {
  const io = new FakeIo();
  const args = [
    ...["send", "inquiry", "--to", "ftp://u:pw@a", "--inflection", "pascal"],
    ...["--set", "x", "--count", "many", "--at=-1", "--port", "x"],
    ...["--set", "data.id.deeper=1", "--set", "data.type.deeper.more=1"],
  ];
  assertEquals(await run(args, io), 2);
  assertEquals(io.err.split("\n").slice(0, -1), [
    "Cannot use --to as it must be an http or https URL without a user name or password",
    "Cannot use --count as it must be a whole number from 1 to 100000: current value is many",
    "Cannot use --at as it must be a whole number from 0 to 999999999999: current value is -1",
    "Cannot use --set x as it must be PATH=VALUE",
    "Cannot send inquiry: an event name looks like inquiry.approved",
    "Cannot use --inflection as it must be one of kebab, camel, snake: current value is pascal",
    nowhere("data.id.deeper"),
    nowhere("data.type.deeper.more"),
    "Cannot use --port as it must be a whole number from 0 to 65535: current value is x",
  ]);
  assertEquals(io.requests, []);
});

Deno.test("send says what is wrong with what it should send", async () => {
  const table: [
    args: string[],
    options: FakeIoOptions,
    code: number,
    message: string,
  ][] = [
    [
      ["inquiry.approved", "--file", "a"],
      {},
      2,
      "inquiry.approved and --file both say what to send: remove one",
    ],
    [
      ["--file", "none.json"],
      {},
      1,
      "Cannot read none.json: there is no such file",
    ],
    [
      ["--file", "a.json", "--set", "a=1"],
      { files: { "a.json": "no" } },
      1,
      "Cannot change a.json: it is not JSON",
    ],
    [
      ["--set", "data.id.deeper=1"],
      {},
      2,
      nowhere("data.id.deeper"),
    ],
    [
      ["--file", "a.json", "--set", "a.b=1", "--set", "c.d=1"],
      { files: { "a.json": '{"a":1,"c":{}}' } },
      2,
      nowhere("a.b"),
    ],
    [
      ["--file", "a", "--inflection", "camel"],
      {},
      2,
      "--inflection and --file both say what to send: remove one",
    ],
    [
      ["--file", "a", "--api-version", "2025-12-08"],
      {},
      2,
      "--api-version and --file both say what to send: remove one",
    ],
    [
      ["--api-version", "2021-02-21"],
      {},
      2,
      "Cannot use --api-version as it must be one of 2020-05-18, 2021-05-14, 2021-07-05, 2022-09-01, 2023-01-05, 2025-10-27, 2025-12-08: current value is 2021-02-21",
    ],
    [
      ["--to", "http://127.0.0.1:6000/x"],
      {},
      2,
      "Cannot use --to as it must be an http or https URL without a user name or password. Port 6000 is one that no HTTP client of the Fetch standard connects to: let the server listen on another",
    ],
    [
      ["--port", "0"],
      {},
      2,
      "Cannot send to port 0: nothing can be sent there. Give the port that the server says at its start with --port, or a URL with --to",
    ],
    [
      ["--count", "0"],
      {},
      2,
      "Cannot use --count as it must be a whole number from 1 to 100000: current value is 0",
    ],
    [
      ["--set", "=1"],
      {},
      2,
      "Cannot use --set =1 as it must be PATH=VALUE",
    ],
    [
      ["--count", "100001"],
      {},
      2,
      "Cannot use --count as it must be a whole number from 1 to 100000: current value is 100001",
    ],
    [
      ["--to", "http://"],
      {},
      2,
      "Cannot use --to as it must be an http or https URL without a user name or password",
    ],
  ];
  for (const [args, options, code, message] of table) {
    const io = new FakeIo(options);
    io.fetch = () => Promise.reject(new Error("must not be called"));
    const found = await run(["send", "--secret=s", ...args], io);
    assertEquals(io.err.split("\n")[0], message);
    assertEquals(found, code, message);
  }
});
