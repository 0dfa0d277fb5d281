// Who may ask the local listener, and where requests to the public one lead.

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import { isIP, isIPv4 } from "node:net";
import { addressCheck } from "../../lib/config/addresses.ts";
import { LocalGuard } from "../../lib/http/local_guard.ts";
import { createTestReceiver } from "../support/receiver.ts";
import { eventText, headerOf } from "../support/signed_delivery.ts";
import { type FuzzTarget, type OpenTarget, pureTarget } from "./fuzz_target.ts";
import { mutatedText } from "./mutated.ts";

const HOSTS = [
  ...["localhost:3001", "127.0.0.1:3001", "[::1]:3001", "evil.example"],
  ...["127.0.0.1.nip.io", "localhost.evil.example", "10.0.0.7:80", "inbox"],
  ...["[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "127.1", "0.0.0.0"],
];
const TOKENS = [
  ...["localhost", "127.0.0.1", "[::1]", ".", ":", "@", "/", "#", "%2e", "\t"],
  ...[
    " ",
    ":3001",
    "evil.example",
    "\\",
    "ⓛocalhost",
    "１",
    "http://",
    "[",
    "]",
  ],
];
const CONFIGURED = ["127.0.0.1", "localhost", "::1", "0.0.0.0", "inbox"];

const host = mutatedText(HOSTS, TOKENS);

function isLoopbackName(name: string): boolean {
  if (name === "localhost" || name === "[::1]") return true;
  return isIPv4(name) && name.startsWith("127.");
}

/** Requests that a browser could be made to send by a page elsewhere. */
const asked = fc.record({
  configured: fc.constantFrom(...CONFIGURED),
  host,
  origin: fc.option(mutatedText(HOSTS.map((name) => `http://${name}`), TOKENS)),
  site: fc.constantFrom(null, "same-origin", "same-site", "cross-site", "none"),
  method: fc.constantFrom("GET", "POST"),
});

function requestOf({ host, origin, site, method }: {
  readonly host: string;
  readonly origin: string | null;
  readonly site: string | null;
  readonly method: string;
}): Request | undefined {
  try {
    const headers = new Headers({ host });
    if (origin !== null) headers.set("origin", origin);
    if (site !== null) headers.set("sec-fetch-site", site);
    return new Request("http://127.0.0.1:3001/api/events", { headers, method });
  } catch (error) {
    if (error instanceof TypeError) return undefined; // No such header goes out.
    throw error;
  }
}

const PATHS = [
  "/webhook",
  "/",
  "/healthz",
  "/readyz",
  "/webhook/",
  "//webhook",
];

/** The outcome by the table of the contract. */
function statusOf(method: string, path: string, isSigned: boolean): number {
  const isRead = method === "GET" || method === "HEAD";
  if (/^\/+webhook\/*$/.test(path)) {
    if (method !== "POST") return 405;
    return isSigned ? 200 : 401;
  }
  if (!["/", "/healthz", "/readyz"].includes(path)) return 404;
  if (isRead) return 200;
  return 404;
}

async function openPaths(): Promise<OpenTarget> {
  const receiver = await createTestReceiver();
  const body = eventText();
  const signature = headerOf(body);
  const inputs = fc.tuple(
    fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"),
    mutatedText(PATHS, [
      "/",
      "//",
      "..",
      "%2f",
      "?",
      "#",
      ".",
      "webhook",
      "\\",
    ]),
    fc.boolean(),
  );
  const property = fc.asyncProperty(
    inputs,
    async ([method, path, isSigned]) => {
      const url = `http://inbox.example/${path.replace(/^\//, "")}`;
      if (!URL.canParse(url)) return;
      // No client sends what follows a #.
      const request = new Request(url.replace(/#.*/s, ""), {
        method,
        headers: isSigned ? { "persona-signature": signature } : {},
        ...(method === "POST" && { body }),
      });
      const response = await receiver.fetch(request);
      await response.body?.cancel();
      const { pathname } = new URL(request.url);
      assertEquals(
        response.status,
        statusOf(method, pathname, isSigned),
        pathname,
      );
      receiver.logged.length = 0;
      receiver.accepted.length = 0;
    },
  );
  return { property };
}

/** An address as a number, and how it is written. */
interface WrittenAddress {
  readonly bits: 32 | 128;
  readonly number: bigint;
  readonly text: string;
}

const ipv4: fc.Arbitrary<WrittenAddress> = fc.tuple(
  fc.oneof(
    fc.nat({ max: 0xffff_ffff }),
    fc.integer({ min: 10 << 24, max: (10 << 24) + 9 }),
  ),
  fc.constantFrom("", "", "::ffff:", "::FFFF:"),
).map(([number, before]) => {
  const parts = [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff);
  return { bits: 32, number: BigInt(number), text: before + parts.join(".") };
});

const ipv6: fc.Arbitrary<WrittenAddress> = fc.tuple(
  fc.array(fc.oneof(fc.constantFrom(0, 0, 1, 0xdb8, 0x2001), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  }),
  fc.boolean(),
  // All others are addresses of IPv4 in another form.
).filter(([parts]) => parts.slice(0, 5).some((part) => part !== 0)).map(
  ([parts, isShort]) => {
    const number = parts.reduce((sum, part) => sum << 16n | BigInt(part), 0n);
    const long = parts.map((part) => part.toString(16)).join(":");
    const short = long.replace(/(?:^|:)0(?::0)+(?:$|:)/, "::");
    return { bits: 128, number, text: isShort ? short : long };
  },
);

const address = fc.oneof(ipv4, ipv6);

/** An address and a range, in which it often is. */
const inRange = fc.tuple(address, address, fc.nat(128), fc.boolean())
  .map(([one, other, prefix, isNear]) => {
    const network = isNear ? one : other;
    const bits = prefix % (network.bits + 1);
    return { address: one, network, bits };
  });

export const HOST_TARGETS: readonly FuzzTarget[] = [
  pureTarget("host: an address is in a range as arithmetic says", {
    runs: 500,
    inputs: inRange,
    check({ address, network, bits }) {
      const shift = BigInt(network.bits - bits);
      const isIn = address.bits === network.bits &&
        address.number >> shift === network.number >> shift;
      const range = `${network.text.replace(/^::ffff:(?=\d+\.)/i, "")}/${bits}`;
      assertEquals(addressCheck([range])(address.text), isIn);
    },
  }),
  pureTarget("host: only own and loopback names are answered to", {
    runs: 800,
    inputs: asked,
    check(asked) {
      const request = requestOf(asked);
      if (!request) return;
      const { configured: hostname } = asked;
      const guard = new LocalGuard({ hostname, tokens: [] });
      const refusal = guard.checkSource(request, new URL(request.url));
      if (refusal) return;
      const host = request.headers.get("host") ?? "";
      assert(/^[^@/\\?#\s]+$/.test(host), host);
      // What a browser takes it for.
      const { hostname: name } = new URL(`http://${host}`);
      const address = name.replace(/^\[|\]$/g, "");
      const isAny = hostname === "0.0.0.0" && isIP(address) !== 0;
      const isOwn = address === hostname || isLoopbackName(name) || isAny;
      assert(isOwn, `${host} is taken for its own`);
      const origin = request.headers.get("origin");
      if (origin !== null) {
        assertEquals(new URL(origin).host, new URL(`http://${host}`).host);
      }
      const site = request.headers.get("sec-fetch-site");
      assert(site === null || site === "same-origin" || site === "none");
    },
  }),
  {
    name:
      "host: each path of the public listener has its own answer, and no other",
    runs: 300,
    open: openPaths,
  },
];
