export { byteStore, checkEntryName, checkStore, type ByteStore } from './byteStore.js';
export { indexedDBStore } from './indexedDBStore.js';
export { memoryStore } from './memoryStore.js';
