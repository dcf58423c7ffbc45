export { readImage, readImageDefaults, type ReadImageOptions } from './readImage.js';
export { imageFiles, imageFolder, type ImageFolderOptions } from './imageFolder.js';
export { imageManifest, manifestColumnDefaults, type ImageManifestOptions, type ManifestColumns } from './imageManifest.js';
export { fileDatasetDefaults, type FileDatasetOptions, type SkippedFile } from './fileDataset.js';
export { imageExtensions, unlabelledFolder } from './walk.js';
export { exportFolders, exportFoldersDefaults, type ExportFoldersOptions } from './exportFolders.js';
export { exportedColumns } from './manifestText.js';
export { folderHandler } from './folderHandler.js';
export { writeWeights } from './weightFiles.js';
export { writeFileAtomic } from './writeAtomic.js';
export { folderStore } from './folderStore.js';
export { directoryCache } from './directoryCache.js';
export { useWasmThreads, wasmThreadsMaximum, type WasmThreadsOptions } from './wasmThreads/useWasmThreads.js';
export type { WasmBackendPackage } from './wasmThreads/wasmPackage.js';
export { fetchWeightFile, fetchWeights, type FetchWeightsToFolderOptions } from './fetchWeights.js';
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
