import { createExec } from "../../lib/destinations/exec.ts";
import { createForward } from "../../lib/destinations/forward.ts";
import { defineHandlers } from "../../lib/destinations/handlers.ts";
import { createInProcess } from "../../lib/destinations/in_process.ts";
import { createModule } from "../../lib/destinations/module.ts";
import { TempDir } from "../support/temp_dir.ts";
import { type DestinationPlace, testDestination } from "./conformance.ts";

const FLOOD = `x${"é".repeat(50_000)}`;

testDestination({
  name: "forward",
  fault: "status",
  takesAnyBytes: true,
  place() {
    const bodies = new Map<string, Uint8Array>();
    const released = Promise.withResolvers<void>();
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async ({ headers, body }) => {
        const id = headers.get("idempotency-key") ?? "";
        bodies.set(id, await new Response(body).bytes());
        switch (headers.get("persona-inbox-event-name")) {
          case "do.fail":
            return new Response("failed", { status: 500 });
          case "do.flood":
            return new Response(FLOOD, { status: 500 });
          case "do.hang":
            await released.promise;
        }
        return new Response("ok");
      },
    );
    const url = `http://127.0.0.1:${server.addr.port}/webhook`;
    return Promise.resolve({
      open: ({ timeoutMs }) =>
        createForward({ url, secret: "wbhsec_1", timeoutMs }),
      received: (id) => Promise.resolve(bodies.get(id) ?? null),
      async [Symbol.asyncDispose]() {
        released.resolve();
        await server.shutdown();
      },
    });
  },
});

const COMMAND = `
cd "$1"
cat > "partial.$$"
[ ! -e x ] || exit 99
case "$PERSONA_EVENT_ID" in evt_*) mv "partial.$$" "$PERSONA_EVENT_ID" ;; esac
case "$PERSONA_EVENT_NAME" in
  do.fail) exit 3 ;;
  do.hang) sleep 60 ;;
  do.flood) printf x; yes é | head -n 50000 | tr -d '\\n'; exit 1 ;;
esac
`;

testDestination({
  name: "exec",
  fault: "exit-code",
  takesAnyBytes: true,
  place: () =>
    placeInFolder((path, timeoutMs) =>
      createExec({ command: ["sh", "-c", COMMAND, "sh", path], timeoutMs })
    ),
});

const flood = () => {
  throw new Error(FLOOD);
};

testDestination({
  name: "in process",
  fault: "threw",
  takesAnyBytes: false,
  place() {
    const bodies = new Map<string, Uint8Array>();
    const handlers = defineHandlers({
      "*": (event) => void bodies.set(event.id, event.raw),
      "do.fail": () => Promise.reject(new Error("failed")),
      "do.flood": flood,
      "do.hang": () => new Promise(() => {}),
    });
    return Promise.resolve({
      open: ({ timeoutMs }) =>
        Promise.resolve(createInProcess(handlers, { timeoutMs })),
      received: (id) => Promise.resolve(bodies.get(id) ?? null),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});

const MODULE = `
const folder = new URL("./", import.meta.url);
export default {
  "*"({ id, raw }) {
    if (!id.startsWith("evt_")) return;
    const partial = new URL("partial." + id, folder);
    Deno.writeFileSync(partial, raw);
    Deno.renameSync(partial, new URL(id, folder));
  },
  "do.fail": () => Promise.reject(new Error("failed")),
  "do.flood"() { throw new Error("x" + "é".repeat(50_000)); },
  "do.hang": () => new Promise(() => {}),
};
`;

testDestination({
  name: "module",
  fault: "threw",
  takesAnyBytes: false,
  place: () =>
    placeInFolder(async (path, timeoutMs) => {
      await Deno.writeTextFile(`${path}/handlers.js`, MODULE);
      const module = createModule({ path: `${path}/handlers.js`, timeoutMs });
      await module.load(); // Which may take longer than an attempt.
      return module;
    }),
});

type Opened = ReturnType<DestinationPlace["open"]>;

/** A place where each body is a file of its own. */
async function placeInFolder(
  open: (path: string, timeoutMs: number) => Awaited<Opened> | Opened,
): Promise<DestinationPlace> {
  const dir = await TempDir.make();
  return {
    open: async ({ timeoutMs }) => await open(dir.path, timeoutMs),
    received: (id) => Deno.readFile(`${dir.path}/${id}`).catch(() => null),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
