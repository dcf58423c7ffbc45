import { SpineError } from '../../errors.js';
import type { ByteStore } from '../../store/index.js';

const prefix = 'frozen-rows-';

/** What a row's entry in a store is called; the store may hold other files. */
const isRow = (name: string) => name.startsWith(prefix) && /-\d+$/.test(name);

/** Entries removed at a time. */
const removedTogether = 64;

/** Memory that several {@link SampleRows} share; a row needs room in each budget of its rows. */
export interface MemoryBudget {
  /** Bytes not yet taken. */
  free: number;
}

export interface SampleRowsOptions {
  /** What its entries in the store are called; no other rows of the run may be called so. */
  readonly name: string;
  readonly budgets: readonly MemoryBudget[];
  /** Where rows go for which a budget has no room; without, they are kept in memory all the same. */
  readonly spill: ByteStore | undefined;
}

/** Rows of numbers by position: in memory as long as there is room, then in a store. */
export class SampleRows {
  private readonly rows = new Map<number, Float32Array>();
  private readonly spilled = new Set<number>();
  private taken = 0;

  constructor(private readonly options: SampleRowsOptions) {}

  has(position: number): boolean {
    return this.rows.has(position) || this.spilled.has(position);
  }

  /** Takes a row, which must stay as it is. */
  async put(position: number, row: Float32Array): Promise<void> {
    const { budgets, spill } = this.options;
    const { byteLength } = row;
    const hasRoom = budgets.every(({ free }) => byteLength <= free);
    if (spill && !hasRoom) {
      await spill.write(this.entry(position), new Uint8Array(row.buffer, row.byteOffset, byteLength), {
        durable: false,
      });
      this.spilled.add(position);
      return;
    }
    this.rows.set(position, row);
    this.taken += byteLength;
    for (const budget of budgets) budget.free -= byteLength;
  }

  /** @throws SpineError `file-missing` if it was removed from the store or cut meanwhile. */
  async get(position: number, length: number): Promise<Float32Array> {
    const row = this.rows.get(position);
    if (row) return row;
    const { spill } = this.options;
    const bytes = await spill?.read(this.entry(position));
    if (bytes?.byteLength !== length * Float32Array.BYTES_PER_ELEMENT) {
      throw new SpineError(
        'file-missing',
        `The entry ${this.entry(position)} of ${spill?.place ?? 'memory'}, where results of frozen layers are kept during training, is ${bytes ? 'cut' : 'gone'}. A store belongs to one run at a time.`,
      );
    }
    const isAligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
    const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes);
    return new Float32Array(buffer, byteOffset, length);
  }

  /** Lets go of all rows. What the store does not let go of is removed when the next run begins. */
  async dispose(): Promise<void> {
    this.rows.clear();
    const { budgets, spill } = this.options;
    for (const budget of budgets) budget.free += this.taken;
    this.taken = 0;
    if (spill)
      await removeAll(
        spill,
        [...this.spilled].map((position) => this.entry(position)),
      ).catch(() => undefined);
    this.spilled.clear();
  }

  private entry(position: number): string {
    return `${prefix}${this.options.name}-${position}`;
  }
}

/** Removes what the rows of a run that was killed left in the store. */
export async function removeLeftRows(store: ByteStore): Promise<void> {
  await removeAll(store, (await store.list()).filter(isRow));
}

async function removeAll(store: ByteStore, names: readonly string[]): Promise<void> {
  for (let start = 0; start < names.length; start += removedTogether) {
    await Promise.all(names.slice(start, start + removedTogether).map((name) => store.remove(name)));
  }
}
