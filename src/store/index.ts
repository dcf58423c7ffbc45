export {
  byteStore,
  checkEntryBytes,
  checkEntryName,
  checkStore,
  isEntryName,
  type ByteStore,
  type PartialEntry,
} from './byteStore.js';
export { cacheStore } from './cacheStore.js';
export { indexedDBStore } from './indexedDBStore.js';
export { memoryStore } from './memoryStore.js';
export { modelHandler, storeHandler, storeHandlerDefaults, type StoreHandlerOptions } from './storeHandler.js';
