import type { EventReader } from "../../lib/store/event_reader.ts";
import type { Store } from "../../lib/store/store.ts";
import { OpenStore } from "./open_store.ts";

/** A place for one store, empty at first and gone afterwards. */
export interface StorePlace extends AsyncDisposable {
  /** Opens the store there; a second time only after it was closed. */
  open(): Promise<Store>;
  /** Looks in from outside, the store open or not; absent when nobody can. */
  openReader?: () => EventReader;
}

/** What an adapter gives to be tested. */
export interface StoreAdapter {
  readonly name: string;
  /** Whether the store outlives its process. */
  readonly isKept: boolean;
  /** Whether several processes can have it open: `open()` may be called again. */
  readonly isShared?: boolean;
  /** Why its tests cannot run here. */
  readonly whyIgnored?: string;
  place(): Promise<StorePlace>;
}

/** Registers a test on a place of its own. */
export type PlaceTest = (
  name: string,
  body: (place: StorePlace) => Promise<void>,
) => void;

/** Registers a test on a store of its own, open and closed afterwards. */
export type StoreTest = (
  name: string,
  body: (open: OpenStore) => Promise<void>,
) => void;

/** Tests of an adapter, named after it. */
export function placeTests(adapter: StoreAdapter): PlaceTest {
  return (name, body) =>
    Deno.test({
      name: `${adapter.name}: ${name}`,
      ignore: adapter.whyIgnored !== undefined,
      async fn() {
        await using place = await adapter.place();
        await body(place);
      },
    });
}

/** As {@linkcode placeTests}, for what one store shows while it is open. */
export function storeTests(adapter: StoreAdapter): StoreTest {
  const test = placeTests(adapter);
  return (name, body) =>
    test(name, async (place) => {
      const open = new OpenStore(await place.open());
      try {
        await body(open);
      } finally {
        await open.close();
      }
    });
}
