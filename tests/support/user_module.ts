import type {
  AttemptOutcome,
  Dispatch,
} from "../../lib/destinations/destination.ts";
import {
  createModule,
  type ModuleDestination,
  type ModuleOptions,
} from "../../lib/destinations/module.ts";
import { dispatchOf, NEVER } from "./dispatches.ts";
import { TempDir } from "./temp_dir.ts";
import { eventually, within } from "./within.ts";

/** Long enough for any machine; nothing waits for its end. */
const AMPLE_MS = 60_000;

/** How a module is made into a destination. */
export interface UserModuleOptions extends Partial<ModuleOptions> {
  /** Name of the module's file. */
  file?: string;
}

/** A module of a user's, in a file of its own, and a destination made of it. */
export class UserModule implements AsyncDisposable {
  readonly dir: TempDir;
  readonly destination: ModuleDestination;
  readonly path: string;

  private constructor(dir: TempDir, options: ModuleOptions) {
    this.dir = dir;
    this.path = options.path;
    this.destination = createModule(options);
  }

  /** @param code The module; none leaves the file missing. */
  static async make(
    code: string | null,
    { file = "handlers.ts", ...options }: UserModuleOptions = {},
  ): Promise<UserModule> {
    const dir = await TempDir.make();
    const module = new UserModule(dir, {
      path: `${dir.path}/${file}`,
      timeoutMs: AMPLE_MS,
      ...options,
    });
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
    return within(60_000, outcome, () => `the end of ${eventName}`);
  }

  /** What came of such an attempt: `ok`, or the reason and the output. */
  async outcome(eventName: string): Promise<string> {
    return shortly(await this.attempt(eventName));
  }

  /** The text of a file that a handler wrote; waits for it. */
  async file(name: string): Promise<string> {
    const read = () =>
      Deno.readTextFile(`${this.dir.path}/${name}`).catch(() => "");
    await eventually(60_000, async () => await read() !== "", () => name);
    return await read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destination.close();
    await this.dir[Symbol.asyncDispose]();
  }
}

/** `ok`, `ignored`, or the reason and the first line of the output. */
export function shortly(outcome: AttemptOutcome): string {
  if (outcome.ok) return outcome.isIgnored ? "ignored" : "ok";
  const [line = ""] = outcome.output.split("\n");
  return `${outcome.reason} ${line}`.trimEnd();
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
