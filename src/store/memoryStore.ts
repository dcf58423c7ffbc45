import { checkEntryName, type ByteStore } from './byteStore.js';

/** A store in memory: what it holds outlives a failed run, not the process or the page. */
export function memoryStore(): ByteStore {
  const entries = new Map<string, Uint8Array>();
  return {
    place: 'memory',
    read: async (name) => entries.get(name)?.slice(),
    async write(name, bytes) {
      checkEntryName(name);
      entries.set(name, bytes.slice());
    },
    remove: async (name) => void entries.delete(name),
    list: async () => [...entries.keys()],
  };
}
