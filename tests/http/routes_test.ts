import { assert, assertEquals } from "@std/assert";
import type { RejectedDelivery } from "../../lib/monitor/rejected_list.ts";
import { assertAnswer } from "../support/answers.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { createTestReceiver } from "../support/receiver.ts";
import { eventText, headerOf } from "../support/signed_delivery.ts";

const READY = [200, "Ready"] as const;
const NOT_READY = [503, "Not ready"] as const;
const NOT_FOUND = [404, "Not found"] as const;

function request(method: string, path: string): Request {
  return new Request(`http://inbox.example${path}`, { method });
}

Deno.test("GET / says how to use the server", async () => {
  const receiver = await createTestReceiver();
  for (const path of ["/", "/?a=b", ""]) {
    const response = await receiver.fetch(request("GET", path));
    assertEquals(response.status, 200);
    assertEquals(
      response.headers.get("content-type"),
      "text/plain; charset=utf-8",
    );
    assert(response.headers.has("x-request-id"));
    assertEquals(
      await response.text(),
      "Webhook server is running. Send POST requests to /webhook",
    );
  }
});

Deno.test("/webhook accepts POST only", async () => {
  const receiver = await createTestReceiver();
  for (
    const method of [
      "GET",
      "HEAD",
      "PUT",
      "PATCH",
      "DELETE",
      "OPTIONS",
      "QUERY",
    ]
  ) {
    for (const path of ["/webhook", "/webhook?x=/"]) {
      const response = await receiver.fetch(request(method, path));
      assertEquals(response.headers.get("allow"), "POST");
      await assertAnswer(response, [405, "Method not allowed"], method);
    }
  }
});

Deno.test("a delivery by another method or to another path is listed as refused", async () => {
  const table = [
    ["GET", "/webhook", 405, "method"],
    ["PUT", "//webhook/", 405, "method"],
    ["POST", "/", 404, "path"],
    ["POST", "/webhooks", 404, "path"],
    ["POST", "/webhook/sandbox", 404, "path"],
    ["POST", "/readyz", 404, "path"],
  ] as const;
  for (const [method, path, status, reason] of table) {
    const rejected: RejectedDelivery[] = [];
    const receiver = await createTestReceiver({
      onRejected: (one) => rejected.push(one),
    });
    const sent = request(method, path);
    sent.headers.set("persona-signature", headerOf("{}"));
    assertEquals((await receiver.fetch(sent)).status, status, path);
    assertEquals(rejected.map((one) => [one.status, one.reason]), [
      [status, reason],
    ]);
    assertEquals(receiver.logged.map(({ msg }) => msg), ["rejected"]);
  }
});

Deno.test("a request without a signature is not listed as refused", async () => {
  const receiver = await createTestReceiver({
    onRejected: () => {
      throw new Error("listed");
    },
  });
  await assertAnswer(await receiver.fetch(request("POST", "/x")), NOT_FOUND);
  const signed = request("GET", "/x");
  signed.headers.set("persona-signature", headerOf("{}"));
  await assertAnswer(await receiver.fetch(signed), NOT_FOUND);
  assertEquals(receiver.logged, []);
});

Deno.test("extra slashes around /webhook are ignored", async () => {
  for (
    const path of ["/webhook/", "//webhook", "///webhook//?a=b", "/webhook?/"]
  ) {
    const receiver = await createTestReceiver();
    assertEquals((await receiver.post(eventText(), { path })).status, 200);
    assertEquals(receiver.accepted.length, 1);
  }
});

Deno.test("HEAD goes where GET goes", async () => {
  const receiver = await createTestReceiver();
  const table = [["/", 200], ["/healthz", 200], ["/readyz", 200], [
    "/x",
    404,
  ]] as const;
  for (const [path, status] of table) {
    const response = await receiver.fetch(request("HEAD", path));
    assertEquals(response.status, status, path);
  }
});

Deno.test("any other path or method is not found", async () => {
  const receiver = await createTestReceiver();
  for (
    const path of [
      ...[
        "/x",
        "/webhook/x",
        "/Webhook",
        "/x//webhook",
        "/webhooks",
      ],
      ...[
        "/%77ebhook",
        "/webhook%20",
        "/x?/webhook",
        "/api/events",
        "/metrics",
      ],
      ...["/healthz/", "/__proto__", "/constructor", "/*"],
    ]
  ) {
    for (const method of ["GET", "POST", "PUT"]) {
      const response = await receiver.fetch(request(method, path));
      await assertAnswer(response, NOT_FOUND, `${method} ${path}`);
    }
  }
  for (const path of ["/", "/healthz", "/readyz"]) {
    const response = await receiver.fetch(request("POST", path));
    await assertAnswer(response, NOT_FOUND, path);
  }
});

Deno.test("GET /healthz answers 200 whatever the store does", async () => {
  const receiver = await createTestReceiver({
    isReady: () => Promise.resolve(false),
    isStopping: () => true,
  });
  await assertAnswer(await receiver.fetch(request("GET", "/healthz")), [
    200,
    "Alive",
  ]);
});

Deno.test("GET /readyz is 200 only while events can be stored", async () => {
  let isReady = true;
  const receiver = await createTestReceiver({
    isReady: () => Promise.resolve(isReady),
  });
  const get = () => receiver.fetch(request("GET", "/readyz?verbose"));
  await assertAnswer(await get(), READY);
  isReady = false;
  await assertAnswer(await get(), NOT_READY);
  isReady = true;
  await assertAnswer(await get(), READY);
});

Deno.test("GET /readyz does not ask the store while stopping", async () => {
  const receiver = await createTestReceiver({
    isReady: () => Promise.reject(new Error("must not be asked")),
    isStopping: () => true,
  });
  await assertAnswer(
    await receiver.fetch(request("GET", "/readyz")),
    NOT_READY,
  );
});

Deno.test("every response has its own request id", async () => {
  const receiver = await createTestReceiver();
  const ids = new Set<string | null>();
  for (const path of ["/", "/x", "/webhook", "/healthz", "/readyz"]) {
    const response = await receiver.fetch(request("GET", path));
    ids.add(response.headers.get("x-request-id"));
  }
  assertEquals(ids.size, 5);
});

Deno.test("a handler that throws is answered with 500 and named in the log", async () => {
  for (const thrown of [new TypeError("Canary"), "Canary", null]) {
    const store = new MemoryStore();
    store.trouble = () => {
      throw thrown;
    };
    const receiver = await createTestReceiver({
      store,
      isReady: () => Promise.reject(thrown),
    });
    for (
      const response of [
        await receiver.post(eventText()),
        await receiver.fetch(request("GET", "/readyz")),
      ]
    ) {
      await assertAnswer(response, [500, "Internal error"]);
    }
    const { logged } = receiver;
    const error = thrown instanceof TypeError ? "TypeError" : "Unknown";
    assertEquals(
      JSON.stringify(logged[0]),
      JSON.stringify({ msg: "request failed", requestId: "request-0", error }),
    );
    assertEquals(logged.length, 2);
  }
});
