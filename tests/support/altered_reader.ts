import type { EventReader } from "../../lib/store/event_reader.ts";

/** Calls a method of the real reader, or does something else. */
export type Alteration = (
  name: string,
  read: () => Promise<unknown>,
) => Promise<unknown>;

/** A reader each of whose calls goes through a function of the test's. */
export function alteredReader(
  own: EventReader,
  alter: Alteration,
): EventReader {
  return new Proxy(own, {
    get(target, key) {
      const method = Reflect.get(target, key);
      if (typeof method !== "function" || key === "close") return method;
      return (...args: unknown[]) =>
        alter(String(key), () => Reflect.apply(method, target, args));
    },
  });
}
