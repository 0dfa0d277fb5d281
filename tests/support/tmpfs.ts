/**
 * Small disks of a test's own, where the system lets it mount some.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runCommand } from "./program.ts";

/** A mounted disk, gone at the end of its scope. */
export class Tmpfs implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Mounts a disk of a size such as `8m`. */
  static async mount(size: string): Promise<Tmpfs> {
    const path = await Deno.makeTempDir({ prefix: "inbox_disk_" });
    const disk = new Tmpfs(path);
    try {
      const options = ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path];
      await succeed("mount", options);
      return disk;
    } catch (error) {
      await Deno.remove(path);
      throw error;
    }
  }

  /** Changes an option of the mount: `ro`, `rw` or `size=`. */
  async remount(option: string): Promise<void> {
    await succeed("mount", ["-o", `remount,${option}`, this.path]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await succeed("umount", ["--lazy", this.path]);
    await Deno.remove(this.path);
  }
}

/** Why there can be no disks here; undefined when there can. */
export async function whyNoTmpfs(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "needs Linux";
  try {
    await using _disk = await Tmpfs.mount("1m");
    return undefined;
  } catch {
    return "needs the right to mount";
  }
}

async function succeed(command: string, args: string[]): Promise<void> {
  const { code, stderr } = await runCommand(command, args);
  assertEquals([code, stderr], [0, ""], `${command} ${args.join(" ")}`);
}
