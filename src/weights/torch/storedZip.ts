import { unzipSync } from 'fflate';
import { isSpineError } from '../../errors.js';
import { fail } from './failure.js';

/** A network has a few hundred tensors; the limit guards against a damaged count of entries, which fflate believes. */
const mostEntries = 100_000;

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;

/**
 * The entries of a zip file by name, as `torch.save` writes them: stored, not compressed. What they claim is checked
 * before any is copied, so they never take more memory than the file itself.
 *
 * @throws SpineError `weights-format` for a damaged file or a compressed entry.
 */
export function readStoredZip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let total = 0;
  const check = (entry: { readonly name: string; readonly size: number; readonly originalSize: number; readonly compression: number }): boolean => {
    const { name, size, originalSize, compression } = entry;
    if (name === '' || sizes.has(name) || sizes.size >= mostEntries) fail('its list of entries is damaged');
    if (compression !== 0 || size !== originalSize) fail(`its entry "${name}" is compressed, which torch.save does not do`);
    total += size;
    if (total > bytes.length) fail(`its entries claim ${total} bytes or more, but the file has ${bytes.length}`);
    sizes.set(name, size);
    return true;
  };

  let entries: Readonly<Record<string, Uint8Array>>;
  try {
    entries = unzipSync(bytes, { filter: check });
  } catch (cause) {
    if (isSpineError(cause)) throw cause;
    return fail('its zip directory is damaged or truncated', cause);
  }
  const found = new Map(Object.entries(entries));
  for (const [name, size] of sizes) {
    if (found.get(name)?.length !== size) fail(`its entry "${name}" is truncated`);
  }
  return found;
}
