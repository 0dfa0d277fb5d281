import { assertEquals, assertThrows } from "@std/assert";
import {
  readSettingsFile,
  SETTINGS_BYTES_MAX,
  UnusableFile,
} from "../../lib/config/read_settings_file.ts";
import { runCommand, runProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("readSettingsFile() reads a file of up to its limit", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/file`;
  for (const text of ["", "é", "x".repeat(SETTINGS_BYTES_MAX)]) {
    await dir.write("file", text);
    assertEquals(readSettingsFile(path), text);
  }
  await dir.write("file", "x".repeat(SETTINGS_BYTES_MAX + 1));
  assertThrows(() => readSettingsFile(path), UnusableFile, "more than 1048576");
  await dir.write("file", "xyz");
  assertThrows(() => readSettingsFile(path, { bytesMax: 2 }), UnusableFile);
});

Deno.test("readSettingsFile() says which encoding a file has", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/file`;
  await Deno.writeFile(path, Uint8Array.of(0xff, 0xfe, 0x50, 0));
  assertThrows(() => readSettingsFile(path), UnusableFile, "UTF-16");
  await Deno.writeFile(path, Uint8Array.of(0x50, 0xe9, 0x3d));
  assertThrows(() => readSettingsFile(path), UnusableFile, "not UTF-8");
});

Deno.test({
  name: "no settings file can keep the program waiting or fill its memory",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    await runCommand("mkfifo", [`${dir.path}/pipe`]);
    await Deno.mkdir(`${dir.path}/folder`);
    const table: [path: string, reason: string][] = [
      ["/dev/zero", "it is not a regular file"],
      ["pipe", "it is a pipe: write it to a file first"],
      ["folder", "it is a directory"],
      ["none", "there is no such file"],
    ];
    for (const [path, reason] of table) {
      const options = { cwd: dir.path, env: { INBOX_ADMIN_TOKEN_FILE: path } };
      const args = ["serve", "--port=0", `--config=${path}`];
      const { code, stderr } = await runProgram(args, options);
      assertEquals([code, stderr], [
        2,
        `Cannot read ${path}: ${reason}\n` +
        `Cannot read the file of INBOX_ADMIN_TOKEN_FILE: ${reason}\n`,
      ]);
    }
    await Deno.symlink("/dev/zero", `${dir.path}/.env`);
    const { code, stderr } = await runProgram(["serve"], { cwd: dir.path });
    assertEquals([code, stderr], [
      2,
      "Cannot read .env: it is not a regular file\n",
    ]);
    await Deno.remove(`${dir.path}/.env`);
    await dir.write(".env", `A="${"x".repeat(2e6)}"`);
    const long = await runProgram(["events"], { cwd: dir.path });
    assertEquals([long.code, long.stderr], [
      2,
      "Cannot read .env: it has more than 1048576 bytes\n",
    ]);
  },
});
