import { assert, assertEquals } from "@std/assert";
import type { RejectedDelivery } from "../../lib/monitor/rejected_list.ts";
import { MemoryStore } from "../support/memory_store.ts";
import {
  BODY_BYTES_MAX,
  createTestReceiver,
  type PostBody,
  type PostOptions,
  type ReceiverSetup,
  streamOf,
} from "../support/receiver.ts";
import {
  bytesOf,
  CANARY,
  eventText,
  headerOf,
  NOW_SECONDS,
} from "../support/signed_delivery.ts";

const EVENT = eventText();
const LENGTH = bytesOf(EVENT).length;
const SIGNED = {
  isPresent: true,
  sets: 1,
  timestamps: [NOW_SECONDS],
  macs: 1,
};
const UNSIGNED = { isPresent: false, sets: 0, timestamps: [], macs: 0 };

/** Posts and returns what was told of it. */
async function rejectedOf(
  setup: ReceiverSetup,
  body: PostBody,
  options: PostOptions = {},
): Promise<RejectedDelivery[]> {
  const rejected: RejectedDelivery[] = [];
  const receiver = await createTestReceiver({
    onRejected: (one) => rejected.push(one),
    ...setup,
  });
  const response = await receiver.post(body, options);
  await response.body?.cancel();
  for (const one of rejected) assertEquals(one.status, response.status);
  return rejected;
}

Deno.test("receive() reports the circumstances of a rejected delivery", async () => {
  const late = NOW_SECONDS - 301;
  const failing = new MemoryStore();
  failing.trouble = () => Promise.resolve({ ok: false, reason: "failed" });
  const endless = streamOf([bytesOf("{")], { isEndless: true });
  const tooLong = "x".repeat(BODY_BYTES_MAX + 1);
  const table: [
    setup: ReceiverSetup,
    body: PostBody,
    options: PostOptions,
    expected: Partial<RejectedDelivery>,
  ][] = [
    [{}, EVENT, { signature: null }, {
      status: 401,
      reason: "signature-missing",
      bodyBytes: null,
      signature: UNSIGNED,
    }],
    [{}, EVENT, { signature: "t=1" }, {
      reason: "signature-malformed",
      bodyBytes: null,
      signature: { isPresent: true, sets: 1, timestamps: [1], macs: 0 },
    }],
    [{}, EVENT, { signature: headerOf(EVENT, { timestamp: late }) }, {
      reason: "signature-expired",
      bodyBytes: null,
      skewSeconds: 301,
      signature: { ...SIGNED, timestamps: [late] },
    }],
    [{}, EVENT, { signature: headerOf("other") }, {
      reason: "signature-mismatch",
    }],
    [{ secrets: [] }, EVENT, { headers: { origin: "null" } }, {
      status: 403,
      reason: "cross-site",
      bodyBytes: null,
    }],
    [{}, "hello", {}, {
      status: 400,
      reason: "body-not-json",
      bodyBytes: 5,
    }],
    [{}, tooLong, { headers: { "content-length": "262145" } }, {
      status: 413,
      reason: "body-too-large",
      bodyBytes: BODY_BYTES_MAX + 1,
    }],
    [{}, streamOf([bytesOf(tooLong)]), {}, {
      status: 413,
      reason: "body-too-large",
      bodyBytes: null,
    }],
    [{ deadlineMs: 50 }, endless, {}, {
      status: 408,
      reason: "body-too-slow",
      bodyBytes: null,
    }],
    [{ store: failing }, EVENT, {}, { status: 503, reason: "store-failed" }],
    [{ isStopping: () => true }, EVENT, {}, {
      status: 503,
      reason: "stopping",
      bodyBytes: null,
    }],
    [{ allowedAddresses: ["192.0.2.0/24"] }, EVENT, {
      remoteAddress: "198.51.100.7",
    }, {
      status: 403,
      reason: "address-not-allowed",
      address: "198.51.100.7",
      bodyBytes: null,
    }],
  ];
  for (const [setup, body, options, expected] of table) {
    assertEquals(await rejectedOf(setup, body, options), [{
      atMs: NOW_SECONDS * 1_000,
      requestId: "request-0",
      address: "192.0.2.1",
      status: 401,
      reason: "stopping",
      skewSeconds: null,
      signature: SIGNED,
      bodyBytes: LENGTH,
      ...expected,
    }]);
  }
});

Deno.test("receive() reports no accepted delivery as rejected", async () => {
  assertEquals(await rejectedOf({}, EVENT), []);
  assertEquals(await rejectedOf({}, "{}"), []);
});

Deno.test("receive() reports only well-formed client addresses", async () => {
  const table: [forwardedFor: string, proxies: number, expected: string][] = [
    ["203.0.113.9", 1, "203.0.113.9"],
    ["2001:db8::1", 1, "2001:db8::1"],
    ["203.0.113.9", 0, "192.0.2.1"],
    [`${CANARY}`, 1, ""],
    ["<script>", 1, ""],
    ["203.0.113.9:443", 1, "203.0.113.9"],
    ["203.0.113.9:https", 1, ""],
    ["", 1, ""],
  ];
  for (const [forwardedFor, trustedProxies, address] of table) {
    const headers = { "x-forwarded-for": encodeURI(forwardedFor) };
    const options = { signature: null, headers };
    const [one] = await rejectedOf({ trustedProxies }, EVENT, options);
    assertEquals(one?.address, address, forwardedFor);
  }
});

Deno.test("receive() reports no value of a rejected delivery", async () => {
  for (const signature of [null, headerOf("other"), CANARY, "t=1"]) {
    const options = {
      signature: signature === CANARY ? "Canary" : signature,
      headers: { "user-agent": "Canary", "x-canary": "Canary" },
    };
    const told = JSON.stringify(await rejectedOf({}, EVENT, options));
    assert(!/canary|döe|evt_1|inq_1/i.test(told), told);
  }
});
