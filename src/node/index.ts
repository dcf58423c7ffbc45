export { readImage, readImageDefaults, type ReadImageOptions } from './read/index.js';
export { imageFiles, imageFolder, type ImageFolderOptions } from './read/index.js';
export { imageManifest, imageManifestDefaults, type ImageManifestOptions, type ManifestColumns } from './read/index.js';
export { fileDatasetDefaults, type FileDatasetOptions, type SkippedFile } from './read/index.js';
export { imageExtensions, unlabelledFolder } from './read/index.js';
export { exportFolders, exportFoldersDefaults, type ExportFoldersOptions } from './write/index.js';
export { exportedColumns } from './write/index.js';
export { folderHandler } from './store/index.js';
export { writeWeights } from './write/index.js';
export { writeFileAtomic } from './write/index.js';
export { folderStore } from './store/index.js';
export { folderCache } from './store/index.js';
export { useWasmThreads, maxWasmThreads, type UseWasmThreadsOptions } from './wasmThreads/index.js';
export type { WasmBackendPackage } from './wasmThreads/index.js';
export { fetchWeightFile, fetchWeights } from './store/index.js';
// The types of the core that these functions speak of.
export { SpineError, isSpineError, type SpineErrorCode } from '../errors.js';
export type { Image, PixelArray } from '../image/index.js';
export type { BackboneName, BackboneVariant } from '../models/index.js';
export type { Dataset, LoadOptions, Sample } from '../dataset/index.js';
export type { OnProgress, Progress } from '../progress.js';
export type { ByteStore, PartialEntry, WriteOptions } from '../store/index.js';
export type {
  FetchWeightsOptions,
  NamedArrays,
  OfficialSource,
  WeightChecksum,
  WeightFile,
  WeightLocation,
  WriteSafetensorsOptions,
} from '../weights/index.js';
