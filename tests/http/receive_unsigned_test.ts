import { assertEquals } from "@std/assert";
import { UNRECOGNIZED } from "../../lib/persona/unrecognized.ts";
import {
  ACCEPTED,
  assertAnswer,
  assertNothingLeaks,
  BAD_SIGNATURE,
  logOutcome,
} from "../support/answers.ts";
import { createTestReceiver } from "../support/receiver.ts";
import {
  eventText,
  headerOf,
  macOf,
  NOW_SECONDS,
} from "../support/signed_delivery.ts";

/** As `dev` does without a secret. */
const UNSIGNED = { secrets: [] };

Deno.test("receive() answers the quickstart's two requests as the quickstart does", async () => {
  const first = await createTestReceiver(UNSIGNED);
  await assertAnswer(
    await first.post(
      '{"event": "test", "data": {"message": "Hello from webhook!"}}',
      { signature: null, headers: { "content-type": "application/json" } },
    ),
    ACCEPTED,
  );
  assertEquals(logOutcome(first), "unsigned");
  assertEquals(first.accepted[0]?.delivery.name, UNRECOGNIZED);

  for (const setup of [UNSIGNED, {}]) {
    const second = await createTestReceiver(setup);
    await assertAnswer(
      await second.post('{"test": "data"}', {
        signature: "t=1234567890,v1=invalid_signature",
      }),
      BAD_SIGNATURE,
    );
    assertEquals(logOutcome(second), "signature-malformed");
    assertEquals(second.accepted, []);
  }
});

Deno.test("receive() without a secret accepts unsigned and plausibly signed deliveries", async () => {
  const body = eventText();
  const signatures = [
    null,
    "",
    headerOf(body),
    headerOf(body, { secret: "wbhsec_any" }),
    `t=${NOW_SECONDS},v1=${macOf("other")}`,
  ];
  for (const signature of signatures) {
    const receiver = await createTestReceiver(UNSIGNED);
    const response = await receiver.post(body, { signature });
    assertNothingLeaks(response, receiver);
    await assertAnswer(response, ACCEPTED, String(signature));
    assertEquals(logOutcome(receiver), "unsigned");
    assertEquals(receiver.accepted[0]?.delivery.secretFingerprint, null);
  }
});

Deno.test("receive() without a secret refuses a signature that is malformed or stale", async () => {
  const body = eventText();
  const table = [
    ["t=1,v1=", "signature-malformed"],
    [headerOf(body, { timestamp: NOW_SECONDS - 301 }), "signature-expired"],
    [headerOf(body, { timestamp: NOW_SECONDS + 301 }), "signature-future"],
  ] as const;
  for (const [signature, reason] of table) {
    const receiver = await createTestReceiver(UNSIGNED);
    await assertAnswer(await receiver.post(body, { signature }), BAD_SIGNATURE);
    assertEquals(logOutcome(receiver), reason);
  }
});

Deno.test("receive() without a secret refuses requests of web pages", async () => {
  const cases: [headers: Record<string, string>, isTaken: boolean][] = [
    [{}, true],
    [{ "sec-fetch-site": "none" }, true],
    [{ "sec-fetch-site": "same-origin" }, true],
    [{ "sec-fetch-mode": "cors" }, true],
    [{ "sec-fetch-site": "same-site" }, false],
    [{ "sec-fetch-site": "cross-site" }, false],
    [{ "sec-fetch-site": "" }, false],
    [{ origin: "https://evil.example" }, false],
    [{ origin: "null" }, false],
    [{ origin: "" }, false],
    // As after DNS rebinding.
    [
      { origin: "http://inbox.example", "sec-fetch-site": "same-origin" },
      false,
    ],
  ];
  for (const [headers, isTaken] of cases) {
    const about = JSON.stringify(headers);
    for (const signature of [null, headerOf(eventText())]) {
      const receiver = await createTestReceiver(UNSIGNED);
      const options = {
        signature,
        headers: { ...headers, "content-type": "text/plain" },
      };
      const response = await receiver.post(eventText(), options);
      assertNothingLeaks(response, receiver);
      const refused = [403, "Cross-site requests not allowed"] as const;
      await assertAnswer(response, isTaken ? ACCEPTED : refused, about);
      const outcome = isTaken ? "unsigned" : "cross-site";
      assertEquals(logOutcome(receiver), outcome, about);
      assertEquals(receiver.accepted.length, isTaken ? 1 : 0, about);
    }
    // Where a secret is set, the signature tells.
    const verifying = await createTestReceiver();
    const response = await verifying.post(eventText(), { headers });
    await assertAnswer(response, ACCEPTED, about);
  }
});

Deno.test("receive() without a secret still requires JSON", async () => {
  const receiver = await createTestReceiver(UNSIGNED);
  const response = await receiver.post("hello", { signature: null });
  await assertAnswer(response, [400, "Request body must be JSON"]);
});

Deno.test("receive() logs the object of an event and nothing else", async () => {
  const receiver = await createTestReceiver();
  const response = await receiver.post(eventText());
  assertNothingLeaks(response, receiver);
  assertEquals(receiver.logged, [{
    msg: "received",
    requestId: "request-0",
    eventId: "evt_1",
    eventName: "inquiry.approved",
    objectType: "inquiry",
    objectId: "inq_1",
    signature: "verified",
    secretFingerprint: "fingerprint-0",
    attempt: null,
    attemptsMax: null,
    duplicate: false,
  } as unknown]);
});

Deno.test("receive() logs no name in the place of an id", async () => {
  const posing = ["Canary Doe", "\x1b[31mCanary", "Canary\u202e", "Canary,1"];
  for (const value of posing) {
    const receiver = await createTestReceiver();
    const body = JSON.stringify(JSON.parse(
      eventText(),
      (_key, old) => old === "inq_1" ? value : old,
    ));
    const response = await receiver.post(body);
    await assertAnswer(response, ACCEPTED);
    assertNothingLeaks(response, receiver);
  }
});
