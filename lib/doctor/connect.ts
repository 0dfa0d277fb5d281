// A connection that is made and closed, to find out whether a server is there.

/** The other side of a connection. */
export interface ConnectAddress {
  readonly hostname: string;
  readonly port: number;
  /** True if a certificate is checked, too. */
  readonly isTls: boolean;
}

/** Connects and hangs up; rejects when that cannot be done. */
export type Connect = (address: ConnectAddress) => Promise<void>;

/** The longest time that it may take. */
const TIMEOUT_MS = 3_000;

/** By the system's own means. */
export const connect: Connect = async ({ hostname, port, isTls }) => {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const tcp = await Deno.connect({ hostname, port, signal });
  if (!isTls) return tcp.close();
  const tls = await Deno.startTls(tcp, { hostname });
  const hangUp = () => tls.close();
  signal.addEventListener("abort", hangUp);
  try {
    await tls.handshake();
  } finally {
    signal.removeEventListener("abort", hangUp);
    if (!signal.aborted) hangUp();
  }
  if (signal.aborted) throw signal.reason;
};

/**
 * Explains a failed connection.
 *
 * @param error The error of `connect()`.
 * @returns A predicate for the other side, and the remedy.
 */
export function connectFault(
  error: unknown,
): { summary: string; hint: string } {
  const { name, message } = error instanceof Error ? error : new Error();
  const [, certificate] = /invalid peer certificate: (\w+)/.exec(message) ?? [];
  if (certificate !== undefined) {
    return {
      summary: `has a certificate that cannot be trusted: ${certificate}`,
      hint:
        "Fix the certificate, or have Deno trust its authority with DENO_CERT or DENO_TLS_CA_STORE=system",
    };
  }
  if (/failed to lookup address/.test(message)) {
    return {
      summary: "has a host name that cannot be resolved",
      hint: "Is the name right, and does name resolution work on this machine?",
    };
  }
  const isTimeout = name === "TimeoutError" || name === "TimedOut" ||
    name === "Interrupted" || name === "BadResource";
  const summary = name === "ConnectionRefused"
    ? "refuses connections"
    : isTimeout
    ? `does not answer within ${TIMEOUT_MS / 1_000} s`
    : `cannot be reached: ${name}`;
  return {
    summary,
    hint:
      "Is it running, and can this machine connect to it? Its events are kept until then",
  };
}
