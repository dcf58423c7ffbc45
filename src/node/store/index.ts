export { fetchWeightFile, fetchWeights } from './fetchWeights.js';
export { folderCache } from './folderCache.js';
export { folderHandler } from './folderHandler.js';
export { folderStore } from './folderStore.js';
