/**
 * Many small things, handed on together.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/**
 * Gathers what comes within one turn of the event loop.
 *
 * @param handOn Takes all of it, in order.
 * @returns Takes one.
 */
export function gather<Item>(
  handOn: (items: Item[]) => void,
): (item: Item) => void {
  let gathered: Item[] = [];
  return (item) => {
    if (gathered.push(item) > 1) return;
    setImmediate(() => {
      const items = gathered;
      gathered = [];
      handOn(items);
    });
  };
}
