import { InFlight } from "../http/in_flight.ts";
import type { LocalListener } from "../http/local_listener.ts";
import { contextOf } from "../http/router.ts";
import { createLocal, type LocalParts } from "./local_app.ts";

/**
 * A local listener whose settings can change. Requests in progress end with the old ones;
 * streams end, as their clients connect again.
 */
export class ReloadableLocal {
  #listener: ReturnType<typeof createLocal>;
  #inFlight = new InFlight();

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
    return this.#inFlight.answer(() => handle(request, contextOf(info)));
  };

  /** Lists events, as `GET /api/events`. */
  readonly events: LocalListener["events"] = (request) =>
    this.#listener.events(request);

  /** Returns the state of the server, as `GET /api/stats`. */
  readonly stats: LocalListener["stats"] = () => this.#listener.stats();

  /** Ends the streams. */
  close(): void {
    this.#listener.close();
  }
}
