import { InFlight } from "../http/in_flight.ts";
import type { LocalListener } from "../http/local_listener.ts";
import { contextOf } from "../http/router.ts";
import { withTimeout } from "../timeout.ts";
import { createLocal, type LocalParts } from "./local_app.ts";

/** Shorter than what a server waits for its connections: the store is closed after it. */
const CLOSE_TIMEOUT_MS = 800;

/**
 * A local listener whose settings can change. Requests in progress end with the old ones;
 * streams end, as their clients connect again.
 */
export class ReloadableLocal {
  #listener: ReturnType<typeof createLocal>;
  #inFlight = new InFlight();
  #isClosing = false;

  constructor(parts: LocalParts) {
    this.#listener = createLocal(parts);
  }

  reload(parts: LocalParts): void {
    const before = this.#listener;
    const inFlight = this.#inFlight;
    this.#listener = createLocal(parts);
    this.#inFlight = new InFlight();
    before.endStreams();
    void inFlight.stop().then(() => before.close());
  }

  /** For `Deno.serve`. */
  readonly handle: Deno.ServeHandler = (request, info) => {
    const { handle } = this.#listener;
    const context = contextOf(info, () => this.#isClosing);
    return this.#inFlight.answer(() => handle(request, context));
  };

  /** Lists events, as `GET /api/events`. */
  readonly events: LocalListener["events"] = (request) =>
    this.#listener.events(request);

  /** Returns the state of the server, as `GET /api/stats`. */
  readonly stats: LocalListener["stats"] = () => this.#listener.stats();

  /** Refuses new requests, ends the streams, and lets those in progress finish for a moment. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#listener.endStreams();
    await withTimeout(this.#inFlight.stop(), CLOSE_TIMEOUT_MS, undefined);
    this.#listener.close();
  }
}
