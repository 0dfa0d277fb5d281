import { assertEquals } from "@std/assert";
import type { Destination } from "../../lib/destinations/destination.ts";
import type { ModuleDestination } from "../../lib/destinations/module.ts";
import type { LoadedModule } from "../../lib/destinations/module_process.ts";
import { reloadOnChange } from "../../lib/destinations/reload_on_change.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

/** A watched module that counts its reloads. */
class Watched implements AsyncDisposable {
  reloadCount = 0;
  readonly results: LoadedModule[] = [];
  isClosed = false;
  #destination: Destination | undefined;

  static async make(path: string): Promise<Watched> {
    const watched = new Watched();
    const module: ModuleDestination = {
      attempt: () => Promise.resolve({ ok: true, code: null, output: "" }),
      load: () => {
        watched.reloadCount++;
        return Promise.resolve({ ok: true, globs: ["inquiry.*"] });
      },
      close: () => {
        watched.isClosed = true;
        return Promise.resolve();
      },
    };
    watched.#destination = await reloadOnChange(
      module,
      path,
      (loaded) => void watched.results.push(loaded),
    );
    return watched;
  }

  /** Waits for the next reload. */
  async reloads(what: string): Promise<void> {
    const before = this.reloadCount;
    await eventually(
      60_000,
      () => Promise.resolve(this.reloadCount > before),
      () => `a reload after ${what}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#destination?.close();
  }
}

/** Lets a watcher look several times. */
function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_500));
}

Deno.test("reloadOnChange() sees sources change, come and go, in folders too", async () => {
  await using dir = await TempDir.make();
  await dir.write("handlers.ts", "1");
  await Deno.mkdir(`${dir.path}/parts`);
  await using watched = await Watched.make(`${dir.path}/handlers.ts`);

  const changes: [what: string, change: () => Promise<unknown>][] = [
    ["a change", () => dir.write("handlers.ts", "22")],
    ["a change that keeps the length", () => dir.write("handlers.ts", "33")],
    ["a new file", () => dir.write("parts/helper.mjs", "1")],
    ["a change in a folder", () => dir.write("parts/helper.mjs", "22")],
    [
      "a file put in another's place",
      async () => {
        await dir.write("handlers.ts~", "444");
        await Deno.rename(
          `${dir.path}/handlers.ts~`,
          `${dir.path}/handlers.ts`,
        );
      },
    ],
    ["a removal", () => Deno.remove(`${dir.path}/parts`, { recursive: true })],
  ];
  for (const [what, change] of changes) {
    const reloaded = watched.reloads(what);
    await change();
    await reloaded;
  }
});

Deno.test("reloadOnChange() ignores everything but the user's own sources", async () => {
  await using dir = await TempDir.make();
  await dir.write("handlers.ts", "1");
  await Deno.mkdir(`${dir.path}/node_modules`);
  await Deno.mkdir(`${dir.path}/.git`);
  await Deno.symlink("nowhere.ts", `${dir.path}/dangling.ts`);
  await using watched = await Watched.make(`${dir.path}/handlers.ts`);
  await dir.write("inbox.db-wal", "1");
  await dir.write("node_modules/a.js", "1");
  await dir.write(".git/a.js", "1");
  await aWhile();
  assertEquals(watched.reloadCount, 0);
});

Deno.test("reloadOnChange() waits for a folder that is not there", async () => {
  await using dir = await TempDir.make();
  await using watched = await Watched.make(`${dir.path}/later/handlers.ts`);
  const reloaded = watched.reloads("the folder came");
  await Deno.mkdir(`${dir.path}/later`);
  await dir.write("later/handlers.ts", "1");
  await reloaded;
  await eventually(60_000, () => watched.results.length > 0, () => "a result");
  assertEquals(watched.results[0], { ok: true, globs: ["inquiry.*"] });
});

Deno.test("reloadOnChange() passes attempts and the end on", async () => {
  await using dir = await TempDir.make();
  const watched = await Watched.make(`${dir.path}/handlers.ts`);
  await watched[Symbol.asyncDispose]();
  assertEquals(watched.isClosed, true);
});
