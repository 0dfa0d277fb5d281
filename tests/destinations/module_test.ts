import { assert, assertEquals, assertMatch } from "@std/assert";
import { eventually } from "../support/within.ts";
import { shortly, UserModule } from "../support/user_module.ts";

/** Answers what it sees by throwing it. */
const MIRROR = `
export default {
  "*"(event, context) {
    const { name, id, object, raw, createdAt } = event;
    const { isLatest, attempt, signal } = context;
    throw JSON.stringify([name, id, object.id, raw.length, createdAt.getTime(),
      isLatest, attempt, signal.aborted]);
  },
};
`;

/** Handlers that tell which code they are, and that wait until they may end. */
function versioned(version: string): string {
  return `
    import { helper } from "./helper.ts";
    const folder = new URL("./", import.meta.url);
    export default {
      "say"() { throw \`${version} \${helper as string}\`; },
      async "wait"() {
        Deno.writeTextFileSync(new URL("waiting", folder), "");
        while (!(await Deno.stat(new URL("go", folder)).catch(() => null))) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        throw "${version} waited";
      },
    };
  `;
}

Deno.test("module: a handler gets event and context", async () => {
  await using module = await UserModule.make(MIRROR);
  const dispatch = { attempt: 3, isLatest: false };
  const { output } = await module.attempt("inquiry.approved", dispatch);
  assertMatch(
    output,
    /^\["inquiry\.approved","evt_1","inq_1",\d+,1708040897732,false,3,false\]$/,
  );
});

Deno.test("module: it is loaded once, by the first attempt unless it was before", async () => {
  await using module = await UserModule.make(null);
  await module.write(`
    let count = 0;
    export default { "*"() { throw ++count; } };
  `);
  for (const count of [1, 2, 3]) {
    assertEquals(await module.outcome("x"), `threw ${count}`);
  }
});

Deno.test("module: it finds files and modules beside it", async () => {
  await using module = await UserModule.make(versioned("one"));
  await module.dir.write("helper.ts", 'export const helper: string = "help";');
  assertEquals(await module.outcome("say"), "threw one help");
});

Deno.test("module: its file may have any name", async () => {
  const files = ["with space.ts", "a#b.ts", "a?x=1.ts", "é木%41.js", "%.mjs"];
  for (const file of files) {
    await using module = await UserModule.make(MIRROR, { file });
    assertMatch(await module.outcome("x"), /^threw \["inquiry/, file);
  }
});

Deno.test("module: load() takes the new code, what runs ends with the old", async () => {
  await using module = await UserModule.make(versioned("one"));
  await module.dir.write("helper.ts", 'export const helper = "helped";');
  assertEquals(await module.outcome("say"), "threw one helped");
  const waiting = module.attempt("wait");
  await eventually(
    60_000,
    () => Deno.stat(`${module.dir.path}/waiting`).then(() => true, () => false),
    () => "the handler to wait",
  );

  await module.write(versioned("two"));
  await module.dir.write("helper.ts", 'export const helper = "anew";');
  assertEquals(await module.outcome("say"), "threw one helped");
  void module.destination.load();
  assertEquals(await module.outcome("say"), "threw two anew");

  await module.dir.write("go", "");
  assertEquals(shortly(await waiting), "threw one waited");
  assertEquals(await module.outcome("wait"), "threw two waited");
});

Deno.test("module: load() may come before all and at any time", async () => {
  await using module = await UserModule.make(versioned("one"));
  await module.dir.write("helper.ts", 'export const helper = "helped";');
  void module.destination.load();
  const outcomes = [];
  for (let i = 0; i < 5; i++) {
    outcomes.push(module.outcome("say"), module.outcome("say"));
    void module.destination.load();
  }
  const expected = outcomes.map(() => "threw one helped");
  assertEquals(await Promise.all(outcomes), expected);
});

Deno.test("module: what it prints goes with the attempt that printed it", async () => {
  await using module = await UserModule.make(`
    import process from "node:process";
    console.log("while loading");
    const bothRun = Promise.withResolvers();
    let runs = 0;
    async function say(name) {
      console.log("log", name, { nested: [1] });
      if (++runs === 2) bothRun.resolve();
      await bothRun.promise;
      console.error("error", name);
      process.stdout.write("process " + name + "\\n");
      Deno.stderr.writeSync(new TextEncoder().encode("Deno " + name));
    }
    export default {
      "a.x": () => say("a.x"),
      async "b.x"() { await say("b.x"); throw new Error("thrown"); },
      "a.*": () => console.warn(" and again"),
    };
  `);
  const [a, b] = await Promise.all([
    module.attempt("a.x"),
    module.attempt("b.x"),
  ]);
  assertEquals(
    a.output,
    "log a.x { nested: [ 1 ] }\nerror a.x\nprocess a.x\nDeno a.x and again\n",
  );
  assertMatch(
    b.output,
    /^log b\.x .*\nerror b\.x\nprocess b\.x\nDeno b\.xError: thrown\n +at /,
  );
  const flood = await UserModule.make(
    'export default { "*"() { for (let i = 0; i < 1e5; i++) console.log(i); } };',
  );
  await using _ = flood;
  const { output } = await flood.attempt("x");
  assert(output.endsWith("\n99998\n99999\n"), output.slice(-20));
  assert(output.length <= 4_096, `${output.length}`);
});

Deno.test("module: a throw is kept with its stack and its cause", async () => {
  await using module = await UserModule.make(`
    function inner() { throw new TypeError("inner"); }
    export default {
      "*"() { try { inner(); } catch (cause) { throw new Error("outer", { cause }); } },
    };
  `);
  const { output } = await module.attempt("x");
  assertMatch(
    output,
    /^Error: outer\n +at .*handlers\.ts:4[^]*TypeError: inner\n +at inner /,
  );
});

Deno.test("module: an event that no key matches is ignored", async () => {
  await using module = await UserModule.make("export default { 'a.*'() {} };");
  assertEquals(await module.outcome("b.x"), "ignored");
  assertEquals(await module.outcome("a.x"), "ok");
});

Deno.test("module: npm packages beside it can be imported", async () => {
  await using module = await UserModule.make(`
    import { name } from "helper";
    import { defineHandlers } from "@persona-inbox/persona-inbox";
    export default defineHandlers({ "*"() { throw name; } });
  `);
  const folder = `${module.dir.path}/node_modules/helper`;
  await Deno.mkdir(folder, { recursive: true });
  const pack = { name: "helper", type: "module", exports: "./index.js" };
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(pack));
  await Deno.writeTextFile(
    `${folder}/index.js`,
    'export const name = "helped";',
  );
  assertEquals(await module.outcome("x"), "threw helped");
});

Deno.test("the end of a module's process between attempts is reported, without its output", async () => {
  const LATER = `export default {
    "*": ({ event }) => {
      setTimeout(() => Promise.reject(new Error("SECRET " + event)), 50);
    },
  };`;
  const told = Promise.withResolvers<string>();
  await using module = await UserModule.make(LATER, {
    onIdleEnd: told.resolve,
  });
  assertEquals(await module.outcome("inquiry.approved"), "ok");
  assertEquals(await told.promise, "exit code 1");
  assertEquals(await module.outcome("inquiry.approved"), "ok");
});

Deno.test("the end of a module's process that the inbox asked for is not told", async () => {
  const told: string[] = [];
  const module = await UserModule.make('export default { "*": () => {} };', {
    onIdleEnd: (exit) => void told.push(exit),
  });
  assertEquals(await module.outcome("inquiry.approved"), "ok");
  await module.destination.load();
  assertEquals(await module.outcome("inquiry.approved"), "ok");
  await module[Symbol.asyncDispose]();
  assertEquals(told, []);
});
