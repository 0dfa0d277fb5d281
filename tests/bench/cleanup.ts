/**
 * Leaves nothing behind: no process and no folder, also when interrupted.
 *
 * @module
 */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** What has to be undone, the latest first. */
export class Cleanup implements AsyncDisposable {
  readonly #tasks = new Set<() => Promise<void>>();
  #running: Promise<void> | undefined;
  readonly #onSignal = async () => {
    await this.#run();
    Deno.exit(130);
  };

  constructor() {
    for (const signal of SIGNALS) {
      Deno.addSignalListener(signal, this.#onSignal);
    }
  }

  /** Starts a process that is gone in the end. */
  spawn(program: string, options: Deno.CommandOptions): Deno.ChildProcess {
    this.#refuseAtEnd();
    const child = new Deno.Command(program, options).spawn();
    const task = () => kill(child);
    this.#tasks.add(task);
    child.status.then(() => this.#tasks.delete(task));
    return child;
  }

  /** Makes a folder that is gone in the end. */
  tempDir(parent?: string): string {
    this.#refuseAtEnd();
    const folder = Deno.makeTempDirSync({
      prefix: "persona-inbox-bench-",
      ...(parent === undefined ? {} : { dir: parent }),
    });
    this.#tasks.add(() => removeFolder(folder));
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run();
    for (const signal of SIGNALS) {
      Deno.removeSignalListener(signal, this.#onSignal);
    }
  }

  /** What is interrupted goes on until it notices. */
  #refuseAtEnd(): void {
    if (this.#running) throw new Error("Cannot start as the bench is stopping");
  }

  #run(): Promise<void> {
    this.#running ??= (async () => {
      for (const task of [...this.#tasks].reverse()) await task();
    })();
    return this.#running;
  }
}

/** Ends a process at once. */
export async function kill(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  await child.status;
}

/** Removes a folder with all that is in it, if it is still there. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
