export {
  fileDatasetDefaults,
  imageExtensions,
  imageFiles,
  imageFolder,
  imageManifest,
  imageManifestDefaults,
  readImage,
  readImageDefaults,
  unlabelledFolder,
  type FileDatasetOptions,
  type ImageFolderOptions,
  type ImageManifestOptions,
  type ManifestColumns,
  type ReadImageOptions,
  type SkippedFile,
} from './read/index.js';
export { fetchWeightFile, fetchWeights, folderCache, folderHandler, folderStore } from './store/index.js';
export {
  maxWasmThreads,
  useWasmThreads,
  type UseWasmThreadsOptions,
  type WasmBackendPackage,
} from './wasmThreads/index.js';
export {
  exportedColumns,
  exportFolders,
  exportFoldersDefaults,
  writeFileAtomic,
  writeWeights,
  type ExportFoldersOptions,
} from './write/index.js';
// The types of the core that these functions speak of.
export type { Dataset, LoadOptions, Sample } from '../dataset/index.js';
export {
  isSpineError,
  SpineError,
  type AnySpineError,
  type SpineErrorCode,
  type SpineErrorDetails,
} from '../errors.js';
export type { Image, PixelArray } from '../image/index.js';
export type { BackboneName, BackboneVariant } from '../models/index.js';
export type { OnProgress, Progress } from '../progress.js';
export type { ByteStore, PartialEntry } from '../store/index.js';
export type {
  FetchWeightsOptions,
  NamedArrays,
  OfficialSource,
  WeightChecksum,
  WeightFile,
  WeightLocation,
  WriteSafetensorsOptions,
} from '../weights/index.js';
