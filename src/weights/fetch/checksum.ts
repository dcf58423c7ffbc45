import { letEventsHappen } from '../../async.js';

/** What a file must hash to. */
export interface WeightChecksum {
  readonly algorithm: 'md5' | 'sha256';
  /** Hexadecimal, whole. Of a sha256 its first 8 digits do where the file's name carries them, as torchvision's do. */
  readonly value: string;
}

/** Hashes a file piece by piece. */
export interface Hasher {
  restart(): void;
  update(bytes: Uint8Array): void;
  /** The checksum of all bytes since the start. */
  finish(): WeightChecksum;
}

export async function createHasher(algorithm: WeightChecksum['algorithm']): Promise<Hasher> {
  const { createMD5, createSHA256 } = await import('../../hashers.js');
  const hash = await (algorithm === 'md5' ? createMD5() : createSHA256());
  hash.init();
  return {
    restart: () => void hash.init(),
    update: (bytes) => void hash.update(bytes),
    finish: () => ({ algorithm, value: hash.digest('hex') }),
  };
}

/** The checksum of bytes that are all there; lets the event loop turn, so that a page stays alive. */
export async function checksumOf(
  bytes: Uint8Array,
  algorithm: WeightChecksum['algorithm'],
  signal?: AbortSignal,
): Promise<WeightChecksum> {
  const piece = 8_388_608;
  const hasher = await createHasher(algorithm);
  for (let start = 0; start < bytes.length; start += piece) {
    await letEventsHappen();
    signal?.throwIfAborted();
    hasher.update(bytes.subarray(start, start + piece));
  }
  return hasher.finish();
}

/** Whether a whole checksum is the one wanted, of which the first digits may be known only. */
export function fits(actual: WeightChecksum, wanted: WeightChecksum): boolean {
  return actual.algorithm === wanted.algorithm && actual.value.startsWith(wanted.value);
}
