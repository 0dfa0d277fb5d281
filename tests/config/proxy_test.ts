import { assertEquals } from "@std/assert";
import { exemptLoopback, proxyVariables } from "../../lib/config/proxy.ts";

Deno.test("proxyVariables() names what Deno reads, in either case", () => {
  const env = { HTTPS_PROXY: "http://p", all_proxy: "p", HTTP_PROXY: "" };
  assertEquals(proxyVariables(env), ["HTTPS_PROXY", "all_proxy"]);
  assertEquals(proxyVariables({ NO_PROXY: "*", PROXY: "x" }), []);
});

Deno.test("exemptLoopback() adds this machine to what is exempt already", () => {
  const loopback =
    "localhost,localhost.,127.0.0.0/8,::1,::ffff:127.0.0.0/104,0.0.0.0,::";
  const table: [
    variables: Record<string, string>,
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
  for (const [variables, expected] of table) {
    // Not the real one, which the other tests in this process share.
    const env = new Map(Object.entries(variables));
    const environment = {
      get: (name: string) => env.get(name),
      set: (name: string, text: string) => void env.set(name, text),
      toObject: () => Object.fromEntries(env),
    };
    exemptLoopback(environment);
    assertEquals(env.get("NO_PROXY"), expected);
    exemptLoopback(environment);
    assertEquals(env.get("NO_PROXY"), expected, "twice is once");
  }
});
