import { TempDir } from "./temp_dir.ts";

/** Whether this machine can compile the library. */
export const canLoseSyncs = Deno.build.os === "linux" && hasCompiler();

/** A folder whose programs run on a disk that loses what it cannot sync. */
export class LossyDisk implements AsyncDisposable {
  readonly path: string;
  /** The file that says what fails. */
  readonly trigger: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #dir: TempDir;

  private constructor(dir: TempDir) {
    this.#dir = dir;
    this.path = dir.path;
    this.trigger = `${dir.path}/trigger`;
    this.env = {
      LD_PRELOAD: `${dir.path}/lossy_sync.so`,
      LOSSY_SYNC_TRIGGER: this.trigger,
    };
  }

  static async make(): Promise<LossyDisk> {
    const dir = await TempDir.make();
    const source = new URL("./lossy_sync.c", import.meta.url).pathname;
    const { code, stderr } = await new Deno.Command("gcc", {
      args: ["-shared", "-fPIC", "-O1", "-o", "lossy_sync.so", source],
      cwd: dir.path,
    }).output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    return new LossyDisk(dir);
  }

  /** Has the next sync of a file fail, and only that one. */
  async fail(fileName: string): Promise<void> {
    await this.#dir.write("trigger", `/${fileName}\nsync\n`);
  }

  /** Has all writes to a file fail until {@linkcode recover}. */
  async failWrites(fileName: string): Promise<void> {
    await this.#dir.write("trigger", `/${fileName}\nwrite\n`);
  }

  /** Has all reads of a file by the program itself fail until {@linkcode recover}. */
  async failReads(fileName: string): Promise<void> {
    await this.#dir.write("trigger", `/${fileName}\nread\n`);
  }

  /** Lets what fails work again. */
  async recover(): Promise<void> {
    await Deno.remove(this.trigger);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dir[Symbol.asyncDispose]();
  }
}

function hasCompiler(): boolean {
  try {
    return new Deno.Command("gcc", { args: ["--version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}
