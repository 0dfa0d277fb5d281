import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../lib/errors.ts";
import type { EventReader } from "../../lib/store/event_reader.ts";
import { alteredReader } from "../support/altered_reader.ts";
import { delivery } from "../support/deliveries.ts";
import { LocalRig, ORIGIN } from "../support/local_rig.ts";

const HEADERS: Record<string, string> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const JSON_TYPE = "application/json; charset=utf-8";
const HTML_TYPE = "text/html; charset=utf-8";
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const STREAM_TYPE = "text/event-stream; charset=utf-8";

/** Every route with an answer of its own, once `evt_1` of `inq_1` is stored. */
const ROUTES: [method: "GET" | "POST", path: string, status: number, string][] =
  [
    ["GET", "/", 200, HTML_TYPE],
    ["GET", "/app.js", 200, "text/javascript; charset=utf-8"],
    ["GET", "/api/events", 200, JSON_TYPE],
    ["GET", "/api/events/evt_1", 200, JSON_TYPE],
    ["GET", "/api/events/evt_2", 404, JSON_TYPE],
    ["POST", "/api/events/evt_1/replay", 409, JSON_TYPE],
    ["POST", "/api/replay", 400, JSON_TYPE],
    ["GET", "/api/objects/inq_1", 200, JSON_TYPE],
    ["GET", "/api/rejected", 200, JSON_TYPE],
    ["GET", "/api/stats", 200, JSON_TYPE],
    ["GET", "/api/stream", 200, STREAM_TYPE],
    ["GET", "/metrics", 200, METRICS_TYPE],
  ];

function assertHeaders(response: Response, about: string): void {
  for (const [name, value] of Object.entries(HEADERS)) {
    assertEquals(response.headers.get(name), value, `${about}: ${name}`);
  }
  assert(/^request-\d+$/.test(response.headers.get("x-request-id")!), about);
  for (const name of ["set-cookie", "access-control-allow-origin"]) {
    assertEquals(response.headers.get(name), null, about);
  }
}

async function assertRefused(
  response: Response,
  [status, message]: readonly [number, string],
  about: string,
): Promise<void> {
  assertHeaders(response, about);
  assertEquals(response.headers.get("content-type"), JSON_TYPE);
  assertEquals(
    [response.status, await response.json()],
    [status, { success: false, message }],
    about,
  );
}

Deno.test("every route answers with security headers", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_1"));
  for (const [method, path, status, type] of ROUTES) {
    const response = await rig.fetch(path, { method });
    const about = `${method} ${path}`;
    assertEquals(response.status, status, about);
    assertEquals(response.headers.get("content-type"), type, about);
    assertHeaders(response, about);
    await response.body?.cancel();
  }
});

Deno.test("HEAD answers as GET, without a body", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_1"));
  for (const [method, path, status, type] of ROUTES) {
    const response = await rig.fetch(path, { method: "HEAD" });
    assertEquals(response.status, method === "GET" ? status : 405, path);
    const expected = method === "GET" ? type : JSON_TYPE;
    assertEquals(response.headers.get("content-type"), expected, path);
    assertEquals(response.body, null, path);
    assertHeaders(response, path);
  }
  assertEquals(rig.timers.count, 0, "no stream is left");
});

Deno.test("a route accepts its own method only", async () => {
  await using rig = await LocalRig.make();
  const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];
  for (const [own, path] of ROUTES) {
    for (const method of methods.filter((method) => method !== own)) {
      const response = await rig.fetch(path, { method });
      const allow = own === "GET" ? "GET, HEAD" : "POST";
      assertEquals(response.headers.get("allow"), allow, `${method} ${path}`);
      const answer = [405, "Method not allowed"] as const;
      await assertRefused(response, answer, `${method} ${path}`);
    }
  }
});

Deno.test("a route refuses unknown parameters", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_1"));
  const none = "Cannot answer: the URL must have no parameters";
  const one = `${none}: put destination, again, to into a JSON body`;
  const many =
    `${none}: put ids, name, object, since, until, dead, destination, again, dryRun into a JSON body`;
  const table: [method: "GET" | "POST", path: string, message: string][] = [
    ["POST", "/api/events/evt_1/replay?destination=notify", one],
    ["POST", "/api/events/evt_1/replay?=", one],
    ["POST", "/api/replay?dryRun=1", many],
    ["POST", "/api/replay?dry_run", many],
    ["GET", "/api/objects/inq_1?limit=5", none],
    ["GET", "/api/rejected?reason=stopping", none],
    ["GET", "/api/stats?pretty", none],
    ["GET", "/api/stream?lastEventId=1.0", none],
    ["GET", "/metrics?name[]=x", none],
    [
      "GET",
      "/api/events/evt_1?reveal=1&all=1",
      "Cannot answer: each parameter must be one of reveal",
    ],
    [
      "GET",
      "/api/events?names=a",
      "Cannot answer: each parameter must be one of name, object, reference, destination, status, since, until, cursor, limit",
    ],
  ];
  for (const [method, path, message] of table) {
    const headers = { "content-type": "application/json" };
    const response = method === "GET"
      ? await rig.fetch(path)
      : await rig.fetch(path, { method, headers, body: '{"ids":["evt_1"]}' });
    await assertRefused(response, [400, message], path);
  }
  assertEquals([rig.woken, rig.timers.count], [[], 0]);
  for (const [method, path, status] of ROUTES) {
    const response = await rig.fetch(`${path}?`, { method });
    await response.body?.cancel();
    assertEquals(response.status, status, `${path}?`);
  }
});

Deno.test("any other path is not found", async () => {
  await using rig = await LocalRig.make();
  for (
    const path of [
      "/api",
      "/api/",
      "/api/events/",
      "/api/events//",
      "/api/events/evt_1/",
      "/api/events/evt_1/replays",
      "/api/events/a/b",
      "/api/events/%ff",
      "/api/events/%",
      "/api/objects",
      "/api/objects/%E0%A4%A",
      "/API/events",
      "/%61pi/events",
      "/api%2Fevents",
      "//api/events",
      "/metrics/",
      "/app.js/",
      "/webhook",
      "/healthz",
      "/index.html",
      "/__proto__",
    ]
  ) {
    for (const method of ["GET", "POST"]) {
      const response = await rig.fetch(`http://localhost:3001${path}`, {
        method,
      });
      const isRoute = path.includes("%E0") || path.endsWith("%ff") ||
        path.endsWith("%") || path === "/api/events/";
      const answer = isRoute && method === "POST"
        ? [405, "Method not allowed"] as const
        : [404, "Not found"] as const;
      await assertRefused(response, answer, `${method} ${path}`);
    }
  }
});

Deno.test("each response has the id of its request", async () => {
  await using rig = await LocalRig.make();
  for (const id of [0, 1, 2]) {
    const response = await rig.fetch(["/", "/none", "/api/stats"][id]!);
    await response.body?.cancel();
    assertEquals(response.headers.get("x-request-id"), `request-${id}`);
  }
});

const READS: [path: string, name: keyof EventReader][] = [
  ["/api/events", "list"],
  ["/api/events", "dispatches"],
  ["/api/events/evt_1", "get"],
  ["/api/objects/inq_1", "list"],
  ["/api/objects/inq_1", "get"],
  ["/api/stats", "totals"],
  ["/api/stream", "end"],
];

/** A rig with an event and a reader one of whose methods fails. */
async function brokenRig(name: string, error: Error): Promise<LocalRig> {
  const rig = await LocalRig.make({
    reader: (own) =>
      alteredReader(
        own,
        (called, read) => called === name ? Promise.reject(error) : read(),
      ),
  });
  await rig.open.accept(delivery("evt_1"));
  return rig;
}

Deno.test("a store that cannot be read gives 503 and a hint", async () => {
  const fault = "Cannot read the store: it is full";
  const error = new StoreError(fault, "Mend it");
  for (const [path, name] of READS) {
    await using rig = await brokenRig(name, error);
    const response = await rig.fetch(path);
    const answer = [503, `${fault}. Mend it`] as const;
    await assertRefused(response, answer, `${path} ${name}`);
    assertEquals(rig.logged, [{ msg: "store failed", fault, hint: "Mend it" }]);
  }
});

Deno.test("a store that is closed by an orderly stop gives 503, and nothing is logged", async () => {
  const error = new StoreError("Cannot read the store: it was closed", "Wait");
  for (const [path, name] of READS) {
    await using rig = await brokenRig(name, error);
    let isStopping = false;
    const response = rig.listener.handle(new Request(new URL(path, ORIGIN)), {
      requestId: "request-0",
      remoteAddress: () => "127.0.0.1",
      isStopping: () => isStopping,
    });
    isStopping = true;
    const text =
      "Cannot answer: the server is stopping, and this may be done in part";
    await assertRefused(await response, [503, text], `${path} ${name}`);
    assertEquals(rig.logged, []);
  }
});

Deno.test("an unexpected error gives 500 and is named in the log only", async () => {
  for (const [path, name] of READS) {
    await using rig = await brokenRig(name, new TypeError("Canary Döe"));
    const response = await rig.fetch(path);
    await assertRefused(response, [500, "Internal error"], `${path} ${name}`);
    assertEquals(rig.logged as unknown[], [{
      msg: "request failed",
      requestId: "request-0",
      error: "TypeError",
    }]);
  }
});
