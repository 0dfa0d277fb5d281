import { assertEquals } from "@std/assert";
import {
  createEncryptionKey,
  parseEncryptionKeys,
} from "../lib/encryption_key.ts";

Deno.test("parseEncryptionKeys() says which key is wrong, and never what it is", () => {
  const key = createEncryptionKey("a");
  const base64 = key.slice(2);
  const table: [text: string, fault: string][] = [
    ["", "There is none"],
    [base64, "The key has no id and colon before its base64"],
    ["a:*", "The key is not base64 after the colon"],
    ["a:AAAA", "The key has 3 bytes instead of 32"],
    [`a:${"A".repeat(43)}=`, "The key is a placeholder"],
    [`${key},${createEncryptionKey("a")}`, "Key 2 has the id of another one"],
    [
      `${key} b:${base64}`,
      "Key 2 is another one again, under another id",
    ],
  ];
  for (const [text, fault] of table) {
    assertEquals(parseEncryptionKeys(text), { ok: false, fault });
  }
  const both = parseEncryptionKeys(`${key}\n${createEncryptionKey("b")}`);
  assertEquals(both.ok && both.keys.map(({ id }) => id), ["a", "b"]);
});
