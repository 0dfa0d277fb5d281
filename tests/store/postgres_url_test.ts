import { assertEquals } from "@std/assert";
import {
  readPostgresUrl,
  withoutPassword,
  withPassword,
} from "../../lib/store/postgres_url.ts";

Deno.test("readPostgresUrl() reads all parts, and has defaults", () => {
  const all = "postgresql://us%40er:p%3Aw@[::1]:6432/d%20b";
  assertEquals(readPostgresUrl(`${all}?schema=own_1&sslmode=verify-full`), {
    ok: true,
    place: {
      host: "::1",
      port: 6432,
      user: "us@er",
      password: "p:w",
      database: "d b",
      schema: "own_1",
      sslMode: "verify-full",
    },
  });
  assertEquals(readPostgresUrl("postgres://u@db.example/inbox"), {
    ok: true,
    place: {
      host: "db.example",
      port: 5432,
      user: "u",
      password: null,
      database: "inbox",
      schema: "persona_inbox",
      sslMode: "prefer",
    },
  });
});

Deno.test("readPostgresUrl() says what is wrong, without the password", () => {
  const table: [url: string, fault: string][] = [
    ["postgres:u@h/d", "it must be like postgres://user@host:5432/database"],
    [
      "postgres://u@h:0x/d",
      "it must be like postgres://user@host:5432/database",
    ],
    ["postgres:///d", "it must name a host"],
    [
      "postgres://:hidden@h/d",
      "it must name a user, as in postgres://user@host/db",
    ],
    ["postgres://u:hidden@h", "it must name one database"],
    ["postgres://u:hidden@h/a/b", "it must name one database"],
    [
      "postgres://u:hidden@h/d?ssl=1",
      "its only parameters can be schema and sslmode",
    ],
    [
      "postgres://u@h/d?schema=A",
      "its schema must be of a-z, 0-9 and _, at most 48 of them",
    ],
    [
      'postgres://u@h/d?schema=a";--',
      "its schema must be of a-z, 0-9 and _, at most 48 of them",
    ],
    [
      "postgres://u@h/d?sslmode=yes",
      "its sslmode must be disable, prefer, require, verify-full",
    ],
    ["postgres://u:%zz@h/d", "its password is badly escaped"],
  ];
  for (const [url, fault] of table) {
    const result = readPostgresUrl(url);
    assertEquals(result.ok ? "" : result.fault, fault, url);
  }
});

Deno.test("withPassword() adds any password, withoutPassword() removes it", () => {
  const url = "postgres://u@h:5432/d?schema=x";
  for (const password of ["a:b@c/d?e#f%g h", "ü", "%20"]) {
    const whole = withPassword(url, password);
    const result = readPostgresUrl(whole);
    assertEquals(result.ok && result.place.password, password);
    assertEquals(withoutPassword(whole), url);
  }
  assertEquals(withoutPassword("sqlite:a b.db"), "sqlite:a b.db");
});
