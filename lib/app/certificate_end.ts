import { isIP } from "node:net";
import { connect } from "node:tls";

const TIMEOUT_MS = 5_000;

/**
 * Finds out when the certificate of a server ends, whoever signed it.
 *
 * @param url An https URL.
 * @returns The time; null where that cannot be found out.
 */
export function certificateEndMs(url: URL): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const socket = connect({
    host,
    port: Number(url.port) || 443,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: false, // Only its date is looked at, and nothing is sent.
  });
  const timer = setTimeout(() => resolve(null), TIMEOUT_MS);
  socket.once("error", () => resolve(null));
  socket.once("secureConnect", () => {
    const endMs = Date.parse(socket.getPeerCertificate().valid_to);
    resolve(Number.isNaN(endMs) ? null : endMs);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
