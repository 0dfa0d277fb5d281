import type {
  AttemptOutcome,
  Dispatch,
} from "../../lib/destinations/destination.ts";
import {
  createModule,
  type ModuleDestination,
} from "../../lib/destinations/module.ts";
import { dispatchOf, NEVER } from "./dispatches.ts";
import { TempDir } from "./temp_dir.ts";
import { within } from "./within.ts";

/** Long enough for any machine; nothing waits for its end. */
const AMPLE_MS = 60_000;

/** A module of a user's, in a file of its own, and a destination made of it. */
export class UserModule implements AsyncDisposable {
  readonly dir: TempDir;
  readonly destination: ModuleDestination;
  readonly path: string;

  private constructor(dir: TempDir, path: string, timeoutMs: number) {
    this.dir = dir;
    this.path = path;
    this.destination = createModule({ path, timeoutMs });
  }

  /** @param code The module; none leaves the file missing. */
  static async make(
    code: string | null,
    { timeoutMs = AMPLE_MS, file = "handlers.ts" } = {},
  ): Promise<UserModule> {
    await (warmedUp ??= warmUp());
    const dir = await TempDir.make();
    const module = new UserModule(dir, `${dir.path}/${file}`, timeoutMs);
    if (code !== null) await module.write(code);
    return module;
  }

  /** Changes the module; to be seen after a load. */
  write(code: string): Promise<void> {
    return Deno.writeTextFile(this.path, code);
  }

  /** Makes an attempt for an event of a name. */
  attempt(
    eventName: string,
    changes: Partial<Dispatch> = {},
    stop = NEVER,
  ): Promise<AttemptOutcome> {
    const dispatch = dispatchOf({ eventName, ...changes });
    const outcome = this.destination.attempt(dispatch, stop);
    return within(50_000, outcome, () => `the end of ${eventName}`);
  }

  /** What came of such an attempt: `ok`, or the reason and the output. */
  async outcome(eventName: string): Promise<string> {
    return shortly(await this.attempt(eventName));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destination.close();
    await this.dir[Symbol.asyncDispose]();
  }
}

let warmedUp: Promise<void> | undefined;

/** Starts a first worker, whose types `deno test` checks for seconds. */
async function warmUp(): Promise<void> {
  await using dir = await TempDir.make();
  await dir.write("handlers.js", "export default { '*': () => {} };");
  const path = `${dir.path}/handlers.js`;
  const destination = createModule({ path, timeoutMs: AMPLE_MS });
  await destination.attempt(dispatchOf(), NEVER);
  await destination.close();
}

/** `ok`, or the reason and the output. */
export function shortly(outcome: AttemptOutcome): string {
  return outcome.ok ? "ok" : `${outcome.reason} ${outcome.output}`.trimEnd();
}
