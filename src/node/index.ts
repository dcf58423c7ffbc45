export { readImage, readImageDefaults, type ReadImageOptions } from './read/readImage.js';
export { imageFiles, imageFolder, type ImageFolderOptions } from './read/imageFolder.js';
export { imageManifest, manifestColumnDefaults, type ImageManifestOptions, type ManifestColumns } from './read/imageManifest.js';
export { fileDatasetDefaults, type FileDatasetOptions, type SkippedFile } from './read/fileDataset.js';
export { imageExtensions, unlabelledFolder } from './read/walk.js';
export { exportFolders, exportFoldersDefaults, type ExportFoldersOptions } from './write/exportFolders.js';
export { exportedColumns } from './write/manifestText.js';
export { folderHandler } from './store/folderHandler.js';
export { writeWeights } from './write/weightFiles.js';
export { writeFileAtomic } from './write/writeAtomic.js';
export { folderStore } from './store/folderStore.js';
export { directoryCache } from './store/folderCache.js';
export { useWasmThreads, wasmThreadsMaximum, type WasmThreadsOptions } from './wasmThreads/useWasmThreads.js';
export type { WasmBackendPackage } from './wasmThreads/wasmPackage.js';
export { fetchWeightFile, fetchWeights, type FetchWeightsToFolderOptions } from './store/fetchWeights.js';
// The types of the core that these functions speak of.
export { SpineError, isSpineError, type SpineErrorCode } from '../errors.js';
export type { Image, PixelArray } from '../image/index.js';
export type { BackboneName, Variant } from '../models/index.js';
export type { Dataset, LoadOptions, Sample } from '../dataset/index.js';
export type { OnProgress, Progress } from '../progress.js';
export type { ByteStore, WriteOptions } from '../store/index.js';
export type {
  CachedWeightFile,
  FetchWeightsOptions,
  FileVersion,
  NamedArrays,
  OfficialSource,
  PartialDownload,
  WeightCache,
  WeightChecksum,
  WeightFile,
  WeightSource,
  WriteSafetensorsOptions,
} from '../weights/index.js';
