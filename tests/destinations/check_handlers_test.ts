import { assert, assertEquals } from "@std/assert";
import { checkHandlers } from "../../lib/destinations/check_handlers.ts";

const noop = () => {};

Deno.test("checkHandlers() takes functions under names and globs", () => {
  const table = [
    { "inquiry.approved": noop },
    { "*": noop, "report/*": async () => {}, "*.redacted"() {} },
    { "Not.Yet-known_99/x": noop },
    Object.freeze(Object.assign(Object.create(null), { "*": noop })),
  ];
  for (const handlers of table) {
    const checked = checkHandlers(handlers);
    assert(checked.ok);
    assertEquals(checked.handlers, handlers);
  }
});

Deno.test("checkHandlers() tells the place of a fault, and no value", () => {
  const object = "must be an object of functions by event name";
  const name =
    "must stand under an event name or glob: 1 to 255 letters, digits, dots, slashes, hyphens, underscores and *";
  const table: [unknown, string][] = [
    [undefined, `default ${object}: current value is undefined`],
    [null, `default ${object}: current value is null`],
    ["secret", `default ${object}: current value is of type string`],
    [noop, `default ${object}: current value is of type function`],
    [[noop], `default ${object}: current value is an array`],
    [
      {},
      "default must have at least one event handler as a property of its own",
    ],
    [
      new Map(),
      "default must have at least one event handler as a property of its own",
    ],
    [
      { "*": noop, "case.*": "secret" },
      'default["case.*"] must be a function: current value is of type string',
    ],
    [
      { "case.*": [noop] },
      'default["case.*"] must be a function: current value is an array',
    ],
    [
      { "case.*": undefined },
      'default["case.*"] must be a function: current value is undefined',
    ],
    [{ "": noop }, `default[""] ${name}`],
    [{ "case. *": noop }, `default["case. *"] ${name}`],
    [{ "case.{a,b}": noop }, `default["case.{a,b}"] ${name}`],
    [{ "case.*\n": noop }, `default["case.*\\n"] ${name}`],
    [{ ["x".repeat(256)]: noop }, `default["${"x".repeat(256)}"] ${name}`],
  ];
  for (const [value, what] of table) {
    const fault = `Cannot use the handlers as ${what}`;
    assertEquals(checkHandlers(value), { ok: false, fault });
  }
});
