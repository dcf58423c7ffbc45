export { fetchWeightFile, fetchWeights, type FetchWeightsToFolderOptions } from './fetchWeights.js';
export { directoryCache } from './folderCache.js';
export { folderHandler } from './folderHandler.js';
export { folderStore } from './folderStore.js';
