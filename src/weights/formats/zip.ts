import { Inflate } from 'fflate';

/** A compressed entry may unfold to this many times its size; Keras does not compress at all. */
const largestExpansion = 100;
const endRecord = { signature: 0x06054b50, length: 22, longestComment: 0xffff };
const directoryEntry = { signature: 0x02014b50, length: 46 };
const localHeader = { signature: 0x04034b50, length: 30 };
const methods = { stored: 0, deflated: 8 };
/** Of compressed bytes at a time, so that what they unfold to is seen before it grows large. */
const inflateStep = 64 * 1024;

/** Where a file of a zip archive lies in it. */
export interface ZipEntry {
  readonly method: number;
  readonly start: number;
  readonly storedBytes: number;
  readonly bytes: number;
}

/**
 * The files of a zip archive by name, after its central directory. `reject` is called with a reason if it is damaged.
 */
export function zipEntries(archive: Uint8Array, reject: (reason: string) => never): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(view) ?? reject('it is not a zip archive, or is truncated');
  const count = view.getUint16(end + 10, true);
  const entries = new Map<string, ZipEntry>();
  let position = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    if (position + directoryEntry.length > end || view.getUint32(position, true) !== directoryEntry.signature)
      reject('its directory is damaged');
    const nameBytes = view.getUint16(position + 28, true);
    const name = new TextDecoder().decode(
      archive.subarray(position + directoryEntry.length, position + directoryEntry.length + nameBytes),
    );
    const header = view.getUint32(position + 42, true);
    if (header + localHeader.length > end || view.getUint32(header, true) !== localHeader.signature)
      reject(`its entry "${name}" is damaged`);
    const entry = {
      method: view.getUint16(position + 10, true),
      storedBytes: view.getUint32(position + 20, true),
      bytes: view.getUint32(position + 24, true),
      start: header + localHeader.length + view.getUint16(header + 26, true) + view.getUint16(header + 28, true),
    };
    if (entry.start + entry.storedBytes > end) reject(`its entry "${name}" ends behind its data`);
    entries.set(name, entry);
    position +=
      directoryEntry.length + nameBytes + view.getUint16(position + 30, true) + view.getUint16(position + 32, true);
  }
  return entries;
}

function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endRecord.length;
  for (let position = last; position >= Math.max(0, last - endRecord.longestComment); position--) {
    if (view.getUint32(position, true) === endRecord.signature) return position;
  }
  return undefined;
}

/** The bytes of an entry: a view of the archive where it is not compressed. */
export function zipBytes(
  archive: Uint8Array,
  name: string,
  entry: ZipEntry,
  reject: (reason: string) => never,
): Uint8Array {
  const stored = archive.subarray(entry.start, entry.start + entry.storedBytes);
  if (entry.method === methods.stored)
    return entry.bytes === entry.storedBytes ? stored : reject(`its entry "${name}" is damaged`);
  if (entry.method !== methods.deflated)
    reject(`its entry "${name}" is compressed by method ${entry.method}; readable are stored and deflated ones`);
  if (entry.bytes > largestExpansion * entry.storedBytes) {
    reject(
      `its entry "${name}" claims to unfold from ${entry.storedBytes} to ${entry.bytes} bytes, over ${largestExpansion} times`,
    );
  }
  const bytes = new Uint8Array(entry.bytes);
  let length = 0;
  const inflate = new Inflate((chunk) => {
    if (length + chunk.length > bytes.length)
      reject(`its entry "${name}" unfolds to more than the ${bytes.length} bytes it claims`);
    bytes.set(chunk, length);
    length += chunk.length;
  });
  try {
    for (let start = 0; start < stored.length; start += inflateStep) {
      inflate.push(stored.subarray(start, start + inflateStep), start + inflateStep >= stored.length);
    }
  } catch (error) {
    // fflate's own errors carry a numeric code.
    if (typeof (error as { code?: unknown }).code === 'number') reject(`its entry "${name}" is damaged`);
    throw error;
  }
  return length === bytes.length
    ? bytes
    : reject(`its entry "${name}" unfolds to ${length} bytes where it claims ${bytes.length}`);
}
