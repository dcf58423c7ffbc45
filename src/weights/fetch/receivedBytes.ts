import type { Hasher } from './checksum.js';
import type { FileVersion, PartialFile } from './partialFile.js';

const firstCapacity = 1_048_576;

/** The bytes of a file that have come so far: in memory, in its checksum, and in the cache's partial file. */
export class Received {
  #buffer: Uint8Array;
  #length = 0;
  #version: FileVersion = {};
  #isPieced = false;
  #isResumable = true;

  private constructor(
    private readonly hasher: Hasher,
    private readonly partial: PartialFile | undefined,
  ) {
    this.#buffer = new Uint8Array(0);
  }

  /** Begins with what an earlier download left. */
  static from(hasher: Hasher, partial: PartialFile | undefined): Received {
    const received = new Received(hasher, partial);
    const left = partial?.takeLeft();
    if (left) {
      received.#take(left.bytes);
      received.#version = left.version;
    }
    return received;
  }

  get length(): number {
    return this.#length;
  }

  get version(): FileVersion {
    return this.#version;
  }

  /** Whether the bytes are of several answers, so that they need not be of one file. */
  get isPieced(): boolean {
    return this.#isPieced;
  }

  /** Whether another request can go on after these bytes. */
  get isResumable(): boolean {
    return this.#isResumable && this.#length > 0;
  }

  /** Drops everything. Bytes that cannot be resumed stay out of the partial file. */
  async restart(version: FileVersion, isResumable = true): Promise<void> {
    this.#length = 0;
    this.#version = version;
    this.#isPieced = false;
    this.#isResumable = isResumable;
    this.hasher.restart();
    await this.partial?.restart(version);
  }

  /** From here on, bytes of another answer follow. */
  continue(): void {
    this.#isPieced = true;
  }

  /** Makes room for a file of `total` bytes at once, so that it need not be copied as it grows. */
  reserve(total: number): void {
    if (total <= this.#buffer.length) return;
    const larger = new Uint8Array(total);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#take(bytes);
    if (this.#isResumable) await this.partial?.append(bytes);
  }

  /** All bytes, in a buffer of their own. */
  bytes(): Uint8Array {
    return this.#buffer.length === this.#length ? this.#buffer : this.#buffer.slice(0, this.#length);
  }

  #take(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length)
      this.reserve(Math.max(length, 2 * this.#length, this.#length > 0 ? 0 : firstCapacity));
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
    this.hasher.update(bytes);
  }
}
