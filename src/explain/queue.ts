/**
 * A priority queue: the greatest priority leaves first, and among equals the one that entered first. The order is
 * total, so what leaves next never depends on chance.
 */
export class PriorityQueue<T> {
  /** A binary heap: no entry precedes its parent, which is at (index − 1) / 2. */
  private readonly heap: Entry<T>[] = [];
  private entered = 0;

  get size(): number {
    return this.heap.length;
  }

  push(priority: number, item: T): void {
    const entry = { priority, order: this.entered++, item };
    let hole = this.heap.length;
    this.heap.push(entry);
    while (hole > 0) {
      const parentIndex = (hole - 1) >> 1;
      const parent = this.heap[parentIndex]!;
      if (!precedes(entry, parent)) break;
      this.heap[hole] = parent;
      hole = parentIndex;
    }
    this.heap[hole] = entry;
  }

  /** Takes out the first item; undefined if the queue is empty. */
  pop(): T | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.heap.length > 0) this.sink(last);
    return first.item;
  }

  /** Puts `entry` where the root was, and below every entry that precedes it. */
  private sink(entry: Entry<T>): void {
    const { heap } = this;
    let hole = 0;
    for (;;) {
      let childIndex = 2 * hole + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const sibling = heap[childIndex + 1];
      if (sibling !== undefined && precedes(sibling, child)) {
        child = sibling;
        childIndex++;
      }
      if (!precedes(child, entry)) break;
      heap[hole] = child;
      hole = childIndex;
    }
    heap[hole] = entry;
  }
}

interface Entry<T> {
  readonly priority: number;
  readonly order: number;
  readonly item: T;
}

function precedes<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}
