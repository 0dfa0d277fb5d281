/**
 * Below those that Linux gives to connections and to whoever asks for any, so that none
 * of the tests beside takes it before it is used, or while who has it starts again.
 */
const PORTS = { first: 10_000, count: 20_000 };

/** A port that nobody listens on at the moment. */
export function freePort(): number {
  for (let tries = 0;; tries++) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || tries > 100) throw error;
    }
  }
}
