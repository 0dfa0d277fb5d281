// A heap whose elements know their index, so that any of them can move when its rank
// changes.

/** Something that a heap can hold; it belongs to one heap at a time. */
export interface HeapElement {
  /** Its index in the heap, -1 outside; only for the heap. */
  heapIndex: number;
}

/** A heap with the first element at the top. */
export class IndexedHeap<Element extends HeapElement> {
  readonly #isBefore: (a: Element, b: Element) => boolean;
  readonly #elements: Element[] = [];

  /** @param isBefore Returns whether `a` is nearer to the top than `b`. */
  constructor(isBefore: (a: Element, b: Element) => boolean) {
    this.#isBefore = isBefore;
  }

  /** The first element, which stays. */
  get top(): Element | undefined {
    return this.#elements[0];
  }

  /** Adds an element, or updates its position. */
  put(element: Element): void {
    if (element.heapIndex === -1) {
      this.#set(this.#elements.length, element);
    }
    this.#rise(element);
    this.#sink(element);
  }

  /** Removes an element, if it is in the heap. */
  remove(element: Element): void {
    const { heapIndex } = element;
    if (heapIndex === -1) return;
    element.heapIndex = -1;
    const last = this.#elements.pop();
    if (last === undefined || last === element) return;
    this.#set(heapIndex, last);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(element: Element): void {
    while (element.heapIndex > 0) {
      const parent = this.#elements[(element.heapIndex - 1) >> 1];
      if (!parent || !this.#isBefore(element, parent)) return;
      this.#swap(element, parent);
    }
  }

  #sink(element: Element): void {
    while (true) {
      const left = this.#elements[2 * element.heapIndex + 1];
      const right = this.#elements[2 * element.heapIndex + 2];
      const child = left && right && this.#isBefore(right, left) ? right : left;
      if (!child || !this.#isBefore(child, element)) return;
      this.#swap(element, child);
    }
  }

  #swap(a: Element, b: Element): void {
    const { heapIndex } = a;
    this.#set(b.heapIndex, a);
    this.#set(heapIndex, b);
  }

  #set(index: number, element: Element): void {
    this.#elements[index] = element;
    element.heapIndex = index;
  }
}
