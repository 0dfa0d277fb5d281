import type { EventReader } from "../../lib/store/event_reader.ts";

/** A reader that is being opened. */
export function lazyReader(opening: Promise<EventReader>): EventReader {
  return new Proxy({} as EventReader, {
    get: (_, name) => async (...args: unknown[]) => {
      const reader = await opening;
      return Reflect.apply(Reflect.get(reader, name), reader, args);
    },
  });
}
