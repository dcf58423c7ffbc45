export { byteStore, checkEntryName, checkStore, type ByteStore, type WriteOptions } from './byteStore.js';
export { indexedDBStore } from './indexedDBStore.js';
export { memoryStore } from './memoryStore.js';
