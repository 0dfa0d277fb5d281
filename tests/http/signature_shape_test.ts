import { assert, assertEquals } from "@std/assert";
import { signatureShape } from "../../lib/http/signature_shape.ts";
import { headerOf, macOf, SECRET } from "../support/signed_delivery.ts";

const MAC = "a".repeat(64);

Deno.test("signatureShape() describes a header", () => {
  const table: [
    header: string,
    sets: number,
    timestamps: number[],
    macs: number,
  ][] = [
    ["", 0, [], 0],
    ["   ", 0, [], 0],
    [`t=5,v1=${MAC}`, 1, [5], 1],
    [`t=5,v1=${MAC} t=6,v1=${MAC}`, 2, [5, 6], 2],
    [`t=5,v1=${MAC},v1=${MAC}`, 1, [5], 2],
    [`v1=${MAC}`, 1, [], 1],
    ["t=5", 1, [5], 0],
    ["t=5,v1=", 1, [5], 1],
    ["t=-5,v1=x", 1, [], 1],
    ["t=5.5,t=+6,t=0x7,t=,T=8", 1, [], 0],
    [`t=${"9".repeat(15)}`, 1, [999_999_999_999_999], 0],
    [`t=${"9".repeat(16)}`, 1, [], 0],
    [`  t=1  t=2  `, 2, [1, 2], 0],
    [SECRET, 1, [], 0],
    ["t=1,".repeat(5_000), 1, [1, 1, 1, 1, 1, 1, 1, 1], 0],
  ];
  for (const [header, sets, timestamps, macs] of table) {
    const shape = { isPresent: true, sets, timestamps, macs };
    assertEquals(signatureShape(header), shape, header.slice(0, 40));
  }
  const absent = { isPresent: false, sets: 0, timestamps: [], macs: 0 };
  assertEquals(signatureShape(null), absent);
});

Deno.test("signatureShape() reveals no secret", () => {
  const mac = macOf("{}");
  for (
    const header of [
      headerOf("{}"),
      `t=${mac},v1=${mac}`,
      SECRET,
      `t=${SECRET},v1=${SECRET}`,
      `${mac} ${SECRET}`,
    ]
  ) {
    const shown = JSON.stringify(signatureShape(header));
    for (const secret of [mac, SECRET, SECRET.slice(7), mac.slice(0, 16)]) {
      assert(!shown.includes(secret), shown);
    }
  }
});
