/** A folder that is gone at the end of its scope. */
export class TempDir implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(parent?: string): Promise<TempDir> {
    const place = parent === undefined ? {} : { dir: parent };
    return new TempDir(
      await Deno.makeTempDir({ prefix: "inbox_test_", ...place }),
    );
  }

  /** Writes a file in it, for a name and a text. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.path}/${name}`, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
