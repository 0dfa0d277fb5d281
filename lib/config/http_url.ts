// URLs that events are sent to, as they stand in settings and flags.

import { BLOCKED_PORTS } from "./blocked_ports.ts";

/** A loopback address without a scheme is clear: nobody serves TLS there by chance. */
const BARE_LOOPBACK =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:\/|$)/i;

/** The kind of value that such a URL is. */
export const HTTP_URL = {
  /** Completes "must be". */
  kind: "an http or https URL without a user name or password",
  /** Reads one; `undefined` when it is of another kind. */
  parse: Object.assign(parse, {
    schema: {
      type: "string",
      pattern:
        "^\\s*(?:[hH][tT][tT][pP][sS]?://|(?:localhost|127\\.[\\d.]+|\\[::1\\])(?:[:/]|\\s*$))",
    },
  }),
  /** Says what is likely wrong with a text that is of another kind; empty if unknown. */
  likelyCause(text: string): string {
    const url = urlOf(text);
    if (url) {
      return `Port ${
        portOf(url)
      } is one that no HTTP client of the Fetch standard connects to: let the server listen on another`;
    }
    if (/^\S+[,\s]+\S/.test(text) && /[,\s]\s*https?:\/\//.test(text)) {
      return "It is one URL: list several as destinations in inbox.json";
    }
    return /^[\w.-]+(?::\d+)?(?:\/|$)/.test(text)
      ? "Write http:// or https:// before it"
      : "";
  },
};

function parse(text: string): string | undefined {
  const url = urlOf(text);
  return url && !BLOCKED_PORTS.has(portOf(url)) ? url.href : undefined;
}

/** The URL, whatever its port. */
function urlOf(text: string): URL | undefined {
  const url = URL.parse(BARE_LOOPBACK.test(text) ? `http://${text}` : text);
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  const hasCredentials = url?.username || url?.password;
  // A comma in the host: several URLs in the place of one.
  const isOne = !url?.hostname.includes(",") && !/[,\s]https?:\/\//.test(text);
  return isHttp && !hasCredentials && isOne ? url : undefined;
}

/** The scheme's own port is never blocked. */
function portOf({ port }: URL): number | undefined {
  return port === "" ? undefined : Number(port);
}
