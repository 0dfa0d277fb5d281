import { setImmediate } from "node:timers";

/**
 * Collects what comes within one turn of the event loop.
 *
 * @param flush Takes all of it, in order.
 */
export function batchPerTick<Item>(
  flush: (items: Item[]) => void,
): (item: Item) => void {
  let batch: Item[] = [];
  return (item) => {
    if (batch.push(item) > 1) return;
    setImmediate(() => {
      const items = batch;
      batch = [];
      flush(items);
    });
  };
}
