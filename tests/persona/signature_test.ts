import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import {
  createSigner,
  createVerifier,
  sign,
  type SignatureResult,
} from "../../lib/persona/signature.ts";
import { FakeClock } from "../support/fake_clock.ts";
import {
  bytesOf,
  headerOf,
  macOf,
  NOW_SECONDS,
  SECRET,
} from "../support/signed_delivery.ts";

const BODY = '{"data":{"id":"evt_1"}}';
const NEW_SECRET = "wbhsec_new";

const clock = new FakeClock(NOW_SECONDS * 1000);

interface Check {
  body?: string | Uint8Array;
  secrets?: readonly string[];
  toleranceSeconds?: number;
}

async function check(
  header: string | null,
  { body = BODY, secrets = [SECRET], ...options }: Check = {},
): Promise<SignatureResult> {
  const verifier = await createVerifier(secrets, { clock, ...options });
  return verifier.verify(
    header,
    typeof body === "string" ? bytesOf(body) : body,
  );
}

/** `ok`, with the position of the secret, or the reason. */
async function outcome(header: string | null, options?: Check) {
  const result = await check(header, options);
  return result.ok ? `ok ${result.secretIndex}` : result.reason;
}

Deno.test("verify() accepts what openssl signed", async () => {
  // printf '1700000000.{"data":{"id":"evt_1"}}' | openssl dgst -sha256 -hmac wbhsec_known-vector
  const mac =
    "c5621cdaa115adf71c3ba914b3b58168264279a63a8742eb489153cad7de9abc";
  const verifier = await createVerifier(["wbhsec_known-vector"], {
    clock: new FakeClock(1_700_000_000_999),
  });
  const header = `t=1700000000,v1=${mac}`;
  assertEquals(await verifier.verify(header, bytesOf(BODY)), {
    ok: true,
    secretIndex: 0,
  });
  const options = { timestamp: 1_700_000_000 };
  assertEquals(
    await sign("wbhsec_known-vector", bytesOf(BODY), options),
    header,
  );
});

Deno.test("sign() agrees with node:crypto", async () => {
  const latin1 = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const secret of [SECRET, "x", "é\u{1f511}", "s".repeat(200)]) {
    for (const body of [bytesOf(""), bytesOf(BODY), latin1]) {
      const header = headerOf(body, { secret });
      assertEquals(
        await sign(secret, body, { timestamp: NOW_SECONDS }),
        header,
      );
      assertEquals(await outcome(header, { body, secrets: [secret] }), "ok 0");
    }
  }
});

Deno.test("sign() stamps the present unless told a time", async () => {
  const verifier = await createVerifier([SECRET]);
  const header = await sign(SECRET, bytesOf(BODY));
  assert((await verifier.verify(header, bytesOf(BODY))).ok);
});

Deno.test("a signer stamps each signature with its clock's time", async () => {
  const own = new FakeClock(NOW_SECONDS * 1000 + 999);
  const signer = await createSigner(SECRET, { clock: own });
  assertEquals(await signer.sign(bytesOf(BODY)), headerOf(BODY));
  own.advance(1);
  assertEquals(
    await signer.sign(bytesOf(BODY)),
    headerOf(BODY, { timestamp: NOW_SECONDS + 1 }),
  );
  assertEquals(
    await signer.sign(bytesOf(BODY), { timestamp: 1 }),
    headerOf(BODY, { timestamp: 1 }),
  );
});

Deno.test("a signer keeps signatures that are made at once apart", async () => {
  const signer = await createSigner(SECRET, { clock });
  const bodies = Array.from({ length: 200 }, (_, i) => `${i}`.repeat(i));
  const headers = await Promise.all(
    bodies.map((body) => signer.sign(bytesOf(body))),
  );
  assertEquals(headers, bodies.map((body) => headerOf(body)));
});

Deno.test("createSigner() refuses an empty secret", async () => {
  await assertRejects(() => createSigner(""), RangeError, "it is empty");
});

Deno.test("verify() tells a missing header from a malformed one", async () => {
  assertEquals(await outcome(null), "missing");
  assertEquals(await outcome(""), "missing");
  for (const header of [" ", ",", "t", "t=", "hello", "t=1", "v1=", "\0"]) {
    assertEquals(await outcome(header), "malformed", JSON.stringify(header));
  }
});

Deno.test("verify() holds to the tolerance, to the second, either way", async () => {
  const table = [
    [-301, { ok: false, reason: "future", skewSeconds: -301 }],
    [-300, { ok: true, secretIndex: 0 }],
    [-299, { ok: true, secretIndex: 0 }],
    [0, { ok: true, secretIndex: 0 }],
    [299, { ok: true, secretIndex: 0 }],
    [300, { ok: true, secretIndex: 0 }],
    [301, { ok: false, reason: "expired", skewSeconds: 301 }],
  ] as const;
  for (const [age, expected] of table) {
    const header = headerOf(BODY, { timestamp: NOW_SECONDS - age });
    assertEquals(await check(header), expected, `${age} s old`);
  }
});

Deno.test("verify() takes another tolerance", async () => {
  const header = headerOf(BODY, { timestamp: NOW_SECONDS - 11 });
  assertEquals(await outcome(header, { toleranceSeconds: 10 }), "expired");
  assertEquals(await outcome(header, { toleranceSeconds: 11 }), "ok 0");
  const now = headerOf(BODY);
  assertEquals(await outcome(now, { toleranceSeconds: 0 }), "ok 0");
});

Deno.test("verify() fails closed when its clock is no number", async () => {
  const stale = headerOf(BODY, { timestamp: 1 });
  const verifier = await createVerifier([SECRET], {
    clock: new FakeClock(NaN),
  });
  assertEquals((await verifier.verify(stale, bytesOf(BODY))).ok, false);
});

Deno.test("verify() rejects timestamps that are stale or no whole number", async () => {
  const table = [
    ["0", "expired"],
    ["1", "expired"],
    ["999999999999999", "future"],
    ["9999999999999999", "malformed"],
    ["-1", "malformed"],
    ["+1", "malformed"],
    ["1e99", "malformed"],
    [`${NOW_SECONDS / 1e9}e9`, "malformed"],
    ["NaN", "malformed"],
    ["Infinity", "malformed"],
    ["", "malformed"],
    [`${NOW_SECONDS}.0`, "malformed"],
    [`0x${NOW_SECONDS.toString(16)}`, "malformed"],
    [`${NOW_SECONDS}\n`, "malformed"],
    ["١٧٥٠٠٠٠٠٠٠", "malformed"], // Digits, but not ASCII.
  ] as const;
  for (const [timestamp, expected] of table) {
    const header = headerOf(BODY, { timestamp });
    assertEquals(await outcome(header), expected, timestamp);
  }
});

Deno.test("verify() signs the text of t, not its number", async () => {
  const padded = `0000${NOW_SECONDS}`;
  assertEquals(await outcome(headerOf(BODY, { timestamp: padded })), "ok 0");
  assertEquals(await outcome(`t=${padded},v1=${macOf(BODY)}`), "mismatch");
});

Deno.test("verify() checks each set with its own t, in either order", async () => {
  const newer = { secret: NEW_SECRET, timestamp: NOW_SECONDS - 1 };
  const older = { secret: SECRET, timestamp: NOW_SECONDS - 200 };
  const sets = [headerOf(BODY, newer), headerOf(BODY, older)];
  for (const header of [sets.join(" "), sets.toReversed().join(" ")]) {
    const table = [
      [[NEW_SECRET], "ok 0"],
      [[SECRET], "ok 0"],
      [["wbhsec_other", SECRET], "ok 1"],
      [["wbhsec_other"], "mismatch"],
    ] as const;
    for (const [secrets, expected] of table) {
      assertEquals(await outcome(header, { secrets }), expected);
    }
  }
});

Deno.test("verify() rejects a v1 that fits the t of the other set only", async () => {
  const [t1, t2] = [NOW_SECONDS, NOW_SECONDS - 5];
  const mac1 = macOf(BODY, { timestamp: t1 });
  const mac2 = macOf(BODY, { timestamp: t2 });
  for (
    const header of [
      `t=${t1},v1=${mac2} t=${t2},v1=${mac1}`,
      `t=${t2},v1=${mac1} t=${t1},v1=${mac2}`,
      `t=${t1},v1=${mac2} t=${t2},v1=${mac2.replace(/./, "z")}`,
      `t=${t1} v1=${mac1}`,
      `v1=${mac1} t=${t1},v1=${mac2}`,
    ]
  ) assert(!(await check(header)).ok, header);
});

Deno.test("verify() lets a fresh set count beside a stale one, and no further", async () => {
  const stale = headerOf(BODY, { timestamp: NOW_SECONDS - 9000 });
  const fresh = headerOf(BODY);
  assertEquals(await outcome(`${stale} ${fresh}`), "ok 0");
  const forged = `t=${NOW_SECONDS},v1=${"0".repeat(64)}`;
  assertEquals(await outcome(`${stale} ${forged}`), "mismatch");
  const ahead = headerOf(BODY, { timestamp: NOW_SECONDS + 400 });
  assertEquals(await check(`${stale} ${ahead}`), {
    ok: false,
    reason: "future",
    skewSeconds: -400,
  });
});

Deno.test("verify() tells which of several secrets matched", async () => {
  const secrets = ["a", "b", "c", SECRET];
  for (const [index, secret] of secrets.entries()) {
    const header = headerOf(BODY, { secret });
    assertEquals(await check(header, { secrets }), {
      ok: true,
      secretIndex: index,
    });
  }
  assertEquals(await outcome(headerOf(BODY), { secrets: [] }), "mismatch");
  assertEquals(await outcome(headerOf(BODY), { secrets: ["a"] }), "mismatch");
});

Deno.test("verify() takes each v1 of a set", async () => {
  const good = macOf(BODY);
  const bad = "f".repeat(64);
  for (const macs of [[bad, good], [good, bad], [bad, bad, bad, good]]) {
    const header = `t=${NOW_SECONDS},${macs.map((m) => `v1=${m}`).join()}`;
    assertEquals(await outcome(header), "ok 0");
  }
});

Deno.test("verify() checks the raw bytes", async () => {
  const table: [string, string | Uint8Array][] = [
    ["empty", ""],
    ["multi-byte", '{"name":"Zoë 木 🗝"}'],
    ["numbers that parsing changes", "[1.0,12345678901234567890,1e2]"],
    ["escapes that parsing changes", '{"a":"\\u0041\\/"}'],
    ["trailing newline", `${BODY}\n`],
    ["byte-order mark", `\ufeff${BODY}`],
    ["half a character", bytesOf("é").subarray(0, 1)],
    ["no UTF-8", Uint8Array.of(0xff, 0x00, 0xfe)],
  ];
  for (const [name, body] of table) {
    assertEquals(await outcome(headerOf(body), { body }), "ok 0", name);
  }
  for (const [name, body] of table) {
    assertEquals(await outcome(headerOf(BODY), { body }), "mismatch", name);
  }
});

Deno.test("verify() takes only its view of a larger buffer for the body", async () => {
  const buffer = bytesOf(`<<${BODY}>>`);
  const body = buffer.subarray(2, -2);
  assertEquals(await outcome(headerOf(BODY), { body }), "ok 0");
});

Deno.test("verify() rejects the secret, the digest and a MAC without t", async () => {
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(BODY));
  const hex = encodeHex(digest);
  const withoutTime = macOf(BODY, { timestamp: "" });
  for (const v1 of [SECRET, hex, withoutTime, "undefined", "null", "*"]) {
    assert(!(await check(`t=${NOW_SECONDS},v1=${v1}`)).ok, v1);
  }
});

Deno.test("createVerifier() refuses an empty secret", async () => {
  await assertRejects(
    () => createVerifier([SECRET, ""]),
    RangeError,
    "it is empty",
  );
});

Deno.test("verify() keeps checks that run at once apart", async () => {
  const verifier = await createVerifier(["wbhsec_other", SECRET], { clock });
  const bodies = Array.from(
    { length: 200 },
    (_, i) => bytesOf(`${i}`.repeat(1 + (i * 37) % 600)),
  );
  const headers = bodies.map((body) => headerOf(body));
  const matching = bodies.map((body, i) => verifier.verify(headers[i]!, body));
  const shifted = bodies.map((body, i) =>
    verifier.verify(headers[(i + 1) % headers.length]!, body)
  );
  for (const result of await Promise.all(matching)) {
    assertEquals(result, { ok: true, secretIndex: 1 });
  }
  for (const result of await Promise.all(shifted)) {
    assertEquals(result, { ok: false, reason: "mismatch" });
  }
});

/** Counts the HMACs of a verification. */
async function hmacsOf(
  header: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const verifier = await createVerifier(["wbhsec_a", "wbhsec_b"], {
    clock: new FakeClock(NOW_SECONDS * 1000),
  });
  const { subtle } = crypto;
  const original = subtle.sign;
  let count = 0;
  subtle.sign = (...args) => {
    count++;
    return original.apply(subtle, args);
  };
  try {
    const { ok } = await verifier.verify(header, body);
    assert(!ok);
  } finally {
    subtle.sign = original;
  }
  return count;
}

Deno.test("verify() makes one HMAC per time and secret, however many v1 there are", async () => {
  const wrong = `,v1=${"0".repeat(64)}`;
  const header = (times: number) =>
    Array.from(
      { length: 16 },
      (_, i) => `t=${NOW_SECONDS - i % times}${wrong.repeat(4)}`,
    ).join(" ");
  const small = new Uint8Array(64 << 10);
  const large = new Uint8Array((64 << 10) + 1);
  assertEquals(await hmacsOf(header(1), small), 2);
  assertEquals(await hmacsOf(header(4), small), 8);
  assertEquals(await hmacsOf(header(1), large), 2);
  assertEquals(await hmacsOf(header(4), large), 4);
  assertEquals(await hmacsOf(header(5), small), 0);
});

Deno.test("verify() accepts a rotation header of a large body, in either order", async () => {
  const body = new Uint8Array(1 << 20);
  const verifier = await createVerifier([SECRET], {
    clock: new FakeClock(NOW_SECONDS * 1000),
  });
  const good = headerOf(body);
  const other = headerOf(body, { secret: "x", timestamp: NOW_SECONDS - 9 });
  for (const header of [`${good} ${other}`, `${other} ${good}`]) {
    assert((await verifier.verify(header, body)).ok);
  }
});

Deno.test("createVerifier() refuses a tolerance that is none", async () => {
  for (const toleranceSeconds of [NaN, -1]) {
    await assertRejects(
      () => createVerifier([SECRET], { toleranceSeconds }),
      RangeError,
      `current value is ${toleranceSeconds}`,
    );
  }
});

Deno.test("sign() refuses a timestamp that Persona would not send", async () => {
  for (const timestamp of [NaN, 1.5, -1]) {
    await assertRejects(
      () => sign(SECRET, new Uint8Array(), { timestamp }),
      RangeError,
      `current value is ${timestamp}`,
    );
  }
});
