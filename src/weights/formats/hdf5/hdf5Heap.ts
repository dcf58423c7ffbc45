/**
 * Global heaps hold the texts of variable length. Where the sizes in one are damaged, libhdf5 runs round in it forever
 * (its 2.0.0 as h5wasm 0.10 has it, with sizes of 32 bits); nothing from outside can stop it. So each is checked before
 * libhdf5 gets to see it.
 */
const signature = Uint8Array.of(0x47, 0x43, 0x4f, 0x4c, 1);
const heapHeaderBytes = 16;
const objectHeaderBytes = 16;

/** Whether every global heap that begins in the given part of a file is sound. */
export function heapsAreSound(file: Uint8Array, start: number, end: number): boolean {
  const part = file.subarray(start, end);
  const first = signature[0]!;
  for (let at = part.indexOf(first); at >= 0; at = part.indexOf(first, at + 1)) {
    if (signature.every((byte, index) => file[start + at + index] === byte) && !isSound(file, start + at)) return false;
  }
  return true;
}

/** Objects follow each other to the heap's end: index (2 bytes), references (2), 4 unused, size (8), content. */
function isSound(file: Uint8Array, start: number): boolean {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (start + heapHeaderBytes > file.byteLength) return false;
  const end = start + Number(view.getBigUint64(start + 8, true));
  if (end > file.byteLength) return false;
  let position = start + heapHeaderBytes;
  while (position + objectHeaderBytes <= end) {
    const size = Number(view.getBigUint64(position + 8, true));
    // Object 0 is the free space, whose size includes its header.
    const isFree = view.getUint16(position, true) === 0;
    const bytes = isFree ? size : objectHeaderBytes + Math.ceil(size / 8) * 8;
    if (bytes < objectHeaderBytes || position + bytes > end) return false;
    position += bytes;
  }
  return true;
}
