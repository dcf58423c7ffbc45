import { checkEntryBytes, checkEntryName, type ByteStore } from './byteStore.js';

/** A store in memory: what it holds outlives a failed run, not the process or the page. */
export function memoryStore(): ByteStore {
  const entries = new Map<string, Uint8Array>();
  return {
    place: 'memory',
    async read(name) {
      checkEntryName(name);
      const bytes = entries.get(name);
      return bytes && new Uint8Array(bytes);
    },
    async write(name, bytes) {
      checkEntryName(name);
      checkEntryBytes(bytes);
      // Not bytes.slice(): a Buffer's shares its memory.
      entries.set(name, new Uint8Array(bytes));
    },
    async remove(name) {
      checkEntryName(name);
      entries.delete(name);
    },
    list: async () => [...entries.keys()],
  };
}
