import { zipBytes, zipEntries } from '../zip.js';
import { fail } from './failure.js';

export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;

/**
 * The entries of a zip file by name, as `torch.save` writes them: stored, not compressed, so that they are views of the
 * file and take no memory.
 *
 * @throws SpineError `weights-format` for a damaged file or a compressed entry.
 */
export function readStoredZip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map(
    [...zipEntries(bytes, fail)].map(([name, entry]) => {
      if (entry.method !== 0) fail(`its entry "${name}" is compressed, which torch.save does not do`);
      return [name, zipBytes(bytes, name, entry, fail)];
    }),
  );
}
