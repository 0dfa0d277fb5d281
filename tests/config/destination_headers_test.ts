import { assertEquals } from "@std/assert";
import { readHeaders } from "../../lib/config/destination_headers.ts";
import type { JsonValue } from "../../lib/json/json.ts";
import {
  destinationFaults,
  loadDestinations,
} from "../support/destination_sources.ts";

/** Reads headers: what came of it, and the faults. */
function read(value: JsonValue) {
  const faults: string[] = [];
  const variables: Record<string, string> = {
    TOKEN: "t0k$n",
    LINES: "a\nb",
    SPACED: " a ",
  };
  const headers = readHeaders(value, {
    variable: (name) => variables[name],
    onFault: (name, must) => faults.push(`${name}: ${must}`),
  });
  return { headers, faults };
}

Deno.test("readHeaders() replaces each $NAME, in lower-case names", () => {
  const table: [text: string, expected: string][] = [
    ["Bearer $TOKEN", "Bearer t0k$n"],
    ["$TOKEN,$TOKEN", "t0k$n,t0k$n"],
    ["$$TOKEN costs 5$", "$TOKEN costs 5$"],
    ["$SPACED", "a"],
    ["$5", "$5"],
    ["", ""],
    ["Zoë", "Zoë"],
  ];
  for (const [text, expected] of table) {
    assertEquals(read({ "X-Any": text }), {
      headers: { "x-any": expected },
      faults: [],
    });
  }
});

Deno.test("readHeaders() names what is at fault, and shows no value", () => {
  const ours = "the inbox sets this header itself";
  const hop = "it is about a single connection: remove it";
  const table: [value: JsonValue, fault: string][] = [
    [["a"], ": it must be an object of texts by header name"],
    ["a: b", ": it must be an object of texts by header name"],
    [{ a: 5 }, "a: it must be a text"],
    [{ a: null }, "a: it must be a text"],
    [{ "a b": "x" }, "a b: its name must be a valid header name"],
    [{ "": "x" }, ": its name must be a valid header name"],
    [{ a: "x", A: "y" }, "A: it must be there once"],
    [{ "Persona-Signature": "x" }, `Persona-Signature: ${ours}`],
    [
      { "persona-webhook-attempts-made": "9" },
      `persona-webhook-attempts-made: ${ours}`,
    ],
    [{ "persona-inbox-id": "x" }, `persona-inbox-id: ${ours}`],
    [{ "idempotency-key": "x" }, `idempotency-key: ${ours}`],
    [{ "Content-Type": "x" }, `Content-Type: ${ours}`],
    [{ host: "x" }, `host: ${ours}`],
    [{ "user-agent": "x" }, `user-agent: ${ours}`],
    [{ Connection: "close" }, `Connection: ${hop}`],
    [{ "transfer-encoding": "x" }, `transfer-encoding: ${hop}`],
    [{ "proxy-authorization": "x" }, `proxy-authorization: ${hop}`],
    [
      { a: "$LINES" },
      "a: its value must be Latin-1 text without control characters",
    ],
    [
      { a: "木" },
      "a: its value must be Latin-1 text without control characters",
    ],
    [
      Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`x${n}`, ""])),
      ": it must have at most 64 headers",
    ],
  ];
  for (const [value, fault] of table) {
    assertEquals(read(value).faults, [fault], JSON.stringify(value));
  }
});

Deno.test("readHeaders() is not misled by names that every object has", () => {
  const { headers, faults } = read({ constructor: "a", "__proto__x": "b" });
  assertEquals([Object.entries(headers), faults], [
    [["constructor", "a"], ["__proto__x", "b"]],
    [],
  ]);
});

Deno.test("loadConfig() reads the headers of a destination beside its url", () => {
  const url = "http://127.0.0.1:8080/";
  const headers = { Authorization: "Bearer $APP_TOKEN" };
  const options = { env: { APP_TOKEN: "t0ken" } };
  const [app] = loadDestinations([{ name: "app", url, headers }], options);
  assertEquals(app?.target.kind === "http" && { ...app.target.headers }, {
    authorization: "Bearer t0ken",
  });
  assertEquals(
    destinationFaults([
      { name: "a", url, headers: { host: "x", b: "$APP_TOKEN $UNSET" } },
      { name: "c", exec: ["c"], headers: {} },
    ], options),
    [
      'Cannot use "destinations[0].headers.host" in inbox.json as the inbox sets this header itself',
      'Cannot use "destinations[0].headers" in inbox.json: UNSET is not set',
      'Cannot use "destinations[1].headers" in inbox.json as it must stand beside a url',
    ],
  );
});
