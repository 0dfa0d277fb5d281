import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  type HeapElement,
  IndexedHeap,
} from "../../lib/dispatch/indexed_heap.ts";
import { SeededRandom } from "../support/seeded_random.ts";

interface Ranked extends HeapElement {
  readonly id: number;
  rank: number;
}

function comesBefore(a: Ranked, b: Ranked): boolean {
  return a.rank === b.rank ? a.id < b.id : a.rank < b.rank;
}

function ranked(id: number, rank: number): Ranked {
  return { id, rank, heapIndex: -1 };
}

/** Empties a heap from the top. */
function drain(heap: IndexedHeap<Ranked>): Ranked[] {
  const drained: Ranked[] = [];
  for (let { top } = heap; top; { top } = heap) {
    drained.push(top);
    heap.remove(top);
    assertEquals(top.heapIndex, -1);
  }
  return drained;
}

Deno.test("IndexedHeap is empty at first", () => {
  const heap = new IndexedHeap(comesBefore);
  assertEquals(heap.top, undefined);
  heap.remove(ranked(1, 1));
  assertEquals(heap.top, undefined);
});

Deno.test("IndexedHeap gives elements back in order", () => {
  const random = new SeededRandom(1);
  for (let size = 0; size < 40; size++) {
    const heap = new IndexedHeap(comesBefore);
    const elements = Array.from(
      { length: size },
      (_, id) => ranked(id, random.below(10)),
    );
    for (const element of elements) heap.put(element);
    const expected = elements.toSorted((a, b) => comesBefore(a, b) ? -1 : 1);
    assertEquals(drain(heap), expected);
  }
});

Deno.test("IndexedHeap keeps an element that is put again once", () => {
  const heap = new IndexedHeap(comesBefore);
  const [a, b] = [ranked(1, 1), ranked(2, 2)];
  for (const element of [a, b, a, b]) heap.put(element);
  assertEquals(drain(heap), [a, b]);
  heap.put(a);
  assertStrictEquals(heap.top, a);
});

Deno.test("IndexedHeap agrees with a sorted list, whatever is done", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new SeededRandom(seed);
    const heap = new IndexedHeap(comesBefore);
    const elements = Array.from({ length: 60 }, (_, id) => ranked(id, 0));
    const inside = new Set<Ranked>();
    for (let step = 0; step < 2_000; step++) {
      const element = random.pick(elements);
      if (random.below(3) === 0) {
        heap.remove(element);
        inside.delete(element);
      } else {
        element.rank = random.below(30);
        heap.put(element);
        inside.add(element);
      }
      const [first] = [...inside].sort((a, b) => comesBefore(a, b) ? -1 : 1);
      assertStrictEquals(heap.top, first, `seed ${seed}, step ${step}`);
    }
    const expected = [...inside].sort((a, b) => comesBefore(a, b) ? -1 : 1);
    assertEquals(drain(heap), expected, `seed ${seed}`);
  }
});
