// The guard of the local listener: it serves this machine's user, but no web page in the
// user's browser.
//
// A page elsewhere can make a browser send requests here, and by DNS rebinding (its
// name first leads to its own server, then here) even read the answers. The first
// shows in `Origin` and `Sec-Fetch-Site`, the second in a `Host` that is not ours.
// Requests without these headers come from no browser, or at most ask without
// reading: nothing is changed by what a browser sends without an `Origin`.
//
// Behind a proxy that ends TLS, our own page has an `Origin` that we cannot know, and
// its scripts are asked for with it. Where there is a token, that tells instead: a page
// elsewhere does not know it, nor does a browser send it for one without asking us
// first, which we never grant. What needs no token holds no data.

import {
  type AdminRole,
  type AdminToken,
  permits,
} from "../config/admin_tokens.ts";
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP, isIPv6 } from "node:net";

/** Options of {@linkcode LocalGuard}. */
export interface GuardOptions {
  /** The configured address. */
  readonly hostname: string;
  /** The tokens of which clients must send one; none if anybody is let in. */
  readonly tokens: readonly AdminToken[];
}

/** The client of a request. */
export interface Client {
  /** The name of the token; `local` if none is needed. */
  readonly name: string;
  readonly role: AdminRole;
}

/** The response to a refused request. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Record<string, string>;
}

const FOREIGN_HOST: Refusal = {
  status: 403,
  message:
    "Cannot answer: Host must be this listener's own name or address, or a loopback one",
};
const FOREIGN_SITE: Refusal = {
  status: 403,
  message: "Cannot answer: the request must not come from another site",
};
const UNKNOWN_ORIGIN: Refusal = {
  status: 403,
  message:
    "Cannot answer: Origin must be this listener's own, unless there is a token. Set INBOX_ADMIN_TOKEN if this came through a proxy",
};
const NO_TOKEN: Refusal = {
  status: 401,
  message: "Cannot answer: the request must carry Authorization: Bearer TOKEN",
  headers: { "www-authenticate": "Bearer" },
};

/** The client of a listener without tokens, which only this machine reaches. */
const ANYBODY: Client = { name: "local", role: "reveal" };

const ANY_ADDRESS = ["0.0.0.0", "::"];
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/;

/** A check of every request. */
export class LocalGuard {
  readonly #isAnyAddress: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #clients: readonly (Client & { readonly hash: Uint8Array })[];

  constructor({ hostname, tokens }: GuardOptions) {
    this.#isAnyAddress = ANY_ADDRESS.includes(hostname);
    const own = isIPv6(hostname) ? `[${hostname}]` : hostname;
    this.#names = new Set(
      ["localhost", "[::1]", own].map((name) => name.toLowerCase()),
    );
    this.#clients = tokens.map(({ name, role, token }) => ({
      name,
      role,
      hash: hash(token),
    }));
  }

  /**
   * Checks the origin of a request. If there is a token, {@linkcode identify} must follow
   * before any data is shown or changed.
   *
   * @returns The refusal, if it is refused.
   */
  checkSource(request: Request, url: URL): Refusal | undefined {
    const { headers } = request;
    // HTTP/2 has no such header, only the URL.
    const origin = this.#ownOrigin(headers.get("host") ?? url.host);
    if (origin === undefined) return FOREIGN_HOST;
    const from = headers.get("origin");
    const site = headers.get("sec-fetch-site");
    const isSameOrigin = site === null || site === "same-origin";
    const tokenTells = this.#clients.length > 0 && isSameOrigin;
    if (from !== null && from.toLowerCase() !== origin && !tokenTells) {
      return isSameOrigin ? UNKNOWN_ORIGIN : FOREIGN_SITE;
    }
    if (isSameOrigin || site === "none") return undefined;
    return isLinkToPage(request, url) ? undefined : FOREIGN_SITE;
  }

  /** Checks the token, if one is set. */
  identify(headers: Headers, needed: AdminRole): Client | Refusal {
    if (this.#clients.length === 0) return ANYBODY;
    const [, token] =
      /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    if (token === undefined) return NO_TOKEN;
    // Of equal length, whatever was sent, and compared in constant time.
    const sent = hash(token);
    const [client] = this.#clients.filter(({ hash }) =>
      timingSafeEqual(sent, hash)
    );
    if (!client) return NO_TOKEN;
    return refusalOf(client, needed) ?? client;
  }

  /**
   * Returns the origin of the pages under a host; undefined if it is not ours. The port
   * may be any: a tunnel has one of its own.
   */
  #ownOrigin(host: string): string | undefined {
    const [, name = "", port = "80"] = HOST.exec(host.toLowerCase()) ?? [];
    if (!this.#isOwnName(name)) return undefined;
    return port === "80" ? `http://${name}` : `http://${name}:${port}`;
  }

  #isOwnName(name: string): boolean {
    if (this.#names.has(name)) return true;
    // A name can resolve to anything; an address cannot.
    const isAddress = name.startsWith("[")
      ? isIPv6(name.slice(1, -1))
      : isIP(name) !== 0;
    const isLoopback = isAddress && name.startsWith("127.");
    return isLoopback || this.#isAnyAddress && isAddress;
  }
}

/**
 * A click on a link elsewhere that leads to the page. The page shows nothing by
 * itself, cannot be framed, and has no tie to who opened it.
 */
function isLinkToPage({ method, headers }: Request, url: URL): boolean {
  return method === "GET" && url.pathname === "/" && url.search === "" &&
    headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document";
}

/**
 * Returns the refusal of a client whose role does not permit something.
 *
 * @returns The refusal; undefined if it is permitted.
 */
export function refusalOf(
  { name, role }: Client,
  needed: AdminRole,
): Refusal | undefined {
  if (permits(role, needed)) return undefined;
  return {
    status: 403,
    message:
      `Cannot answer: this needs a token with the role ${needed}, and that of ${name} is ${role}`,
  };
}

function hash(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
