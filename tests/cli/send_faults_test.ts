import { assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { FakeIo, type FakeIoOptions } from "../support/fake_io.ts";

Deno.test("send tells every fault at once, and sends nothing", async () => {
  const io = new FakeIo();
  const args = [
    ...["send", "inquiry", "--to", "ftp://a", "--inflection", "pascal"],
    ...["--set", "x", "--count", "many", "--at=-1", "--port", "x"],
  ];
  assertEquals(await run(args, io), 2);
  assertEquals(io.err.split("\n").slice(0, -1), [
    "Cannot send to ftp://a as it must be an http or https URL",
    "Cannot send inquiry as an event name must look like inquiry.approved",
    "Cannot use --count as it must be a whole number up to 100000: current value is many",
    "Cannot use --at as it must be a whole number up to 999999999999: current value is -1",
    "Cannot use --inflection as it must be one of kebab, camel, snake: current value is pascal",
    "Cannot use --set x as it must be PATH=VALUE",
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
      "Cannot use inquiry.approved as --file says what to send: leave one out",
    ],
    [
      ["--file", "none.json"],
      {},
      1,
      "Cannot send none.json as it must be a readable file",
    ],
    [
      ["--file", "a.json", "--set", "a=1"],
      { files: { "a.json": "no" } },
      1,
      "Cannot change a.json as it must be JSON",
    ],
    [
      ["--set", "data.id.deeper=1"],
      {},
      1,
      "Cannot set data.id.deeper as every key before the last must lead to an object or array",
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
      "Cannot use --count as it must be a whole number up to 100000: current value is 100001",
    ],
    [
      ["--to", "http://"],
      {},
      2,
      "Cannot send to http:// as it must be an http or https URL",
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
