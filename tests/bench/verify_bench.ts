/**
 * How long a signature takes to check.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import { createVerifier, sign } from "../../lib/persona/signature.ts";
import { EventTemplate, freshIds } from "./event_template.ts";

const template = new EventTemplate();
const body = new Uint8Array(template.length);
template.write(body, freshIds());

const nowSeconds = 1_768_478_400;
const clock = { nowMs: () => nowSeconds * 1000 };
const header = await sign("wbhsec_new", body, { timestamp: nowSeconds });
const one = await createVerifier(["wbhsec_new"], { clock });
const rotated = await createVerifier(["wbhsec_old", "wbhsec_new"], { clock });

const group = "verify, 6.5 kB";

Deno.bench("verify()", { group, baseline: true }, async () => {
  await one.verify(header, body);
});

Deno.bench("verify(), the second of two secrets", { group }, async () => {
  await rotated.verify(header, body);
});

Deno.bench("verify(), malformed", { group }, async () => {
  await one.verify("t=1234567890,v1=invalid_signature", body);
});

Deno.bench("the quickstart's way, node:crypto", { group }, () => {
  const [t, mac] = header.split(",").map((part) => part.split("=")[1] ?? "");
  const expected = createHmac("sha256", "wbhsec_new").update(`${t}.`)
    .update(body).digest("hex");
  timingSafeEqual(
    new TextEncoder().encode(expected),
    new TextEncoder().encode(mac),
  );
});
