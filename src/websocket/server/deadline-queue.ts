/**
 * Items by the time at which they are due, earliest first: a binary heap. An item whose time changes is added again; the code that takes
 * an item out compares times to recognise the older entry.
 */
export class DeadlineQueue<T> {
  readonly #times: number[] = [];
  readonly #items: T[] = [];

  /** The earliest time; `Infinity` when empty. */
  get next(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#times.length;
  }

  add(time: number, item: T): void {
    const times = this.#times;
    const items = this.#items;
    let at = times.length;
    times.push(time);
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent]! <= time) break;
      times[at] = times[parent]!;
      items[at] = items[parent]!;
      at = parent;
    }
    times[at] = time;
    items[at] = item;
  }

  /** Removes and returns the earliest item; undefined when empty. */
  take(): T | undefined {
    const times = this.#times;
    const items = this.#items;
    const first = items[0];
    const time = times.pop();
    const item = items.pop();
    if (time === undefined || item === undefined || times.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= time) break;
      times[at] = times[child]!;
      items[at] = items[child]!;
      at = child;
    }
    times[at] = time;
    items[at] = item;
    return first;
  }

  clear(): void {
    this.#times.length = 0;
    this.#items.length = 0;
  }
}
