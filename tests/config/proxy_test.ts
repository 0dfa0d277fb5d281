import { assertEquals } from "@std/assert";
import { exemptLoopback, proxyVariables } from "../../lib/config/proxy.ts";

const NAMES = ["HTTP_PROXY", "NO_PROXY", "no_proxy"] as const;

Deno.test("proxyVariables() names what Deno reads, in either case", () => {
  const env = { HTTPS_PROXY: "http://p", all_proxy: "p", HTTP_PROXY: "" };
  assertEquals(proxyVariables(env), ["HTTPS_PROXY", "all_proxy"]);
  assertEquals(proxyVariables({ NO_PROXY: "*", PROXY: "x" }), []);
});

Deno.test("exemptLoopback() adds this machine to what is exempt already", () => {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  const loopback =
    "localhost,localhost.,127.0.0.0/8,::1,::ffff:127.0.0.0/104,0.0.0.0,::";
  const table: [
    env: Partial<Record<typeof NAMES[number], string>>,
    string | undefined,
  ][] = [
    [{}, undefined],
    [{ NO_PROXY: "a.example" }, "a.example"],
    [{ HTTP_PROXY: "http://p" }, loopback],
    [
      { HTTP_PROXY: "http://p", NO_PROXY: "a, ::1" },
      `a,::1,${loopback.replace(",::1", "")}`,
    ],
    [{ HTTP_PROXY: "http://p", no_proxy: "b" }, `b,${loopback}`],
  ];
  try {
    for (const [env, expected] of table) {
      for (const name of NAMES) Deno.env.delete(name);
      for (const [name, text] of Object.entries(env)) Deno.env.set(name, text);
      exemptLoopback();
      assertEquals(Deno.env.get("NO_PROXY"), expected);
      exemptLoopback();
      assertEquals(Deno.env.get("NO_PROXY"), expected, "twice is once");
    }
  } finally {
    for (const [name, text] of before) {
      if (text === undefined) Deno.env.delete(name);
      else Deno.env.set(name, text);
    }
  }
});
