import { assertEquals } from "@std/assert";
import { PERSONA_ADDRESSES } from "../../lib/persona/addresses.ts";
import {
  ACCEPTED,
  assertAnswer,
  assertNothingLeaks,
  logOutcome,
} from "../support/answers.ts";
import {
  createTestReceiver,
  type ReceiverSetup,
  streamOf,
} from "../support/receiver.ts";
import { eventText } from "../support/signed_delivery.ts";

const FORBIDDEN = [403, "Source address not allowed"] as const;
const PERSONA = PERSONA_ADDRESSES[0]!;
const PROXY = "10.0.0.1";
const STRANGER = "203.0.113.9";

/** Whether a delivery from `remoteAddress` with such a header is taken. */
async function isTaken(
  setup: ReceiverSetup,
  remoteAddress: string,
  forwardedFor?: string,
): Promise<boolean> {
  const receiver = await createTestReceiver(setup);
  const response = await receiver.post(eventText(), {
    remoteAddress,
    headers: forwardedFor === undefined
      ? {}
      : { "x-forwarded-for": forwardedFor },
  });
  assertNothingLeaks(response, receiver);
  const taken = response.ok;
  await assertAnswer(response, taken ? ACCEPTED : FORBIDDEN);
  assertEquals(
    logOutcome(receiver),
    taken ? "verified" : "address-not-allowed",
  );
  return taken;
}

Deno.test("receive() accepts deliveries from any address by default", async () => {
  assertEquals(await isTaken({}, STRANGER), true);
  assertEquals(await isTaken({ trustedProxies: 1 }, PROXY, STRANGER), true);
});

Deno.test("receive() accepts Persona's addresses and no other", async () => {
  const setup = { allowedAddresses: PERSONA_ADDRESSES };
  assertEquals(new Set(PERSONA_ADDRESSES).size, 22);
  for (const address of PERSONA_ADDRESSES) {
    assertEquals(await isTaken(setup, address), true, address);
    assertEquals(await isTaken(setup, `::ffff:${address}`), true, address);
  }
  for (const address of [STRANGER, `${PERSONA}9`, "", "localhost", "::1"]) {
    assertEquals(await isTaken(setup, address), false, address);
  }
});

Deno.test("receive() trusts x-forwarded-for only for the configured proxies", async () => {
  const allowedAddresses = [PERSONA];
  const table = [
    // Nobody is believed: the header says nothing.
    [0, STRANGER, PERSONA, false],
    [0, PERSONA, STRANGER, true],
    // One proxy: only what it appended itself counts.
    [1, PROXY, PERSONA, true],
    [1, PROXY, `${STRANGER}, ${PERSONA}`, true],
    [1, PROXY, `${PERSONA}, ${STRANGER}`, false],
    [1, PROXY, `${PERSONA},${PERSONA},${STRANGER}`, false],
    [1, PROXY, `${PERSONA},`, false],
    [1, PROXY, "", false],
    [1, PROXY, undefined, false],
    [1, PERSONA, undefined, true],
    [1, PROXY, "unknown", false],
    [1, PROXY, `"${PERSONA}"`, true],
    [1, PROXY, `${PERSONA}:1234`, true],
    [1, PROXY, `${PERSONA}:1234, ${STRANGER}:1234`, false],
    // Two proxies: the one before the last.
    [2, PROXY, `${PERSONA}, ${PROXY}`, true],
    [2, PROXY, `${PERSONA}, ${STRANGER}, ${PROXY}`, false],
    [2, PROXY, `${STRANGER}, ${PERSONA}, ${PROXY}`, true],
    // Fewer hops than proxies: whoever is connected.
    [2, PROXY, PERSONA, false],
  ] as const;
  for (const [trustedProxies, remote, header, expected] of table) {
    const setup = { allowedAddresses, trustedProxies };
    assertEquals(
      await isTaken(setup, remote, header),
      expected,
      `${trustedProxies} proxies, ${remote}, ${header}`,
    );
  }
});

Deno.test("receive() joins repeated x-forwarded-for headers", async () => {
  const receiver = await createTestReceiver({
    allowedAddresses: [PERSONA],
    trustedProxies: 1,
  });
  const headers = new Headers();
  headers.append("x-forwarded-for", PERSONA);
  headers.append("x-forwarded-for", STRANGER);
  const response = await receiver.post(eventText(), { headers });
  await assertAnswer(response, FORBIDDEN);
});

Deno.test("receive() refuses an address without reading the body", async () => {
  const receiver = await createTestReceiver({ allowedAddresses: [PERSONA] });
  const body = streamOf([], { isEndless: true });
  await assertAnswer(await receiver.post(body), FORBIDDEN);
});
