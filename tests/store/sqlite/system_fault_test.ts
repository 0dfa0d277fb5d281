import { assertEquals, assertMatch } from "@std/assert";
import {
  describeSystemError,
  findDiskFault,
} from "../../../lib/store/sqlite/system_fault.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../../support/tmpfs.ts";

const noTmpfs = await whyNoTmpfs();
const why = noTmpfs === undefined ? "" : ` (${noTmpfs})`;

Deno.test("describeSystemError() describes errors of the system and no others", () => {
  const table: [error: unknown, message: RegExp][] = [
    [
      Object.assign(new Error("x"), { code: "ENOSPC" }),
      /no space or no inodes/,
    ],
    [new Error("Disk quota exceeded (os error 122): write"), /disk quota/],
    [new Error("Disc quota exceeded (os error 69): write"), /disk quota/],
    [Object.assign(new Error("x"), { code: "EXYZ" }), /the system says EXYZ/],
    [new Deno.errors.NotCapable("x"), /Deno does not permit it/],
    [new Deno.errors.Busy("x"), /too many open files/],
  ];
  for (const [error, message] of table) {
    assertMatch(describeSystemError(error)?.message ?? "", message);
  }
  const others = [
    new Error("x"),
    Object.assign(new Error("x"), { code: "ERR_SQLITE_ERROR" }),
    "x",
  ];
  assertEquals(others.filter(describeSystemError), []);
});

Deno.test("findDiskFault() finds no fault in a good folder and leaves no file", async () => {
  await using dir = await TempDir.make();
  assertEquals(findDiskFault(`${dir.path}/inbox.db`), undefined);
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
  assertMatch(
    findDiskFault(`${dir.path}/none/inbox.db`)?.message ?? "",
    /its folder does not exist/,
  );
});

Deno.test({
  name: `findDiskFault() distinguishes a full disk from a read-only one${why}`,
  ignore: noTmpfs !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("32k");
    const path = `${disk.path}/inbox.db`;
    assertMatch(findDiskFault(path)?.message ?? "", /no space or no inodes/);
    assertEquals(await Array.fromAsync(Deno.readDir(disk.path)), []);
    await disk.remount("size=1m");
    assertEquals(findDiskFault(path), undefined);
    await disk.remount("ro");
    assertMatch(findDiskFault(path)?.message ?? "", /read-only file system/);
  },
});
