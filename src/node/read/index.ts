export { fileDatasetDefaults, type FileDatasetOptions, type SkippedFile } from './fileDataset.js';
export { imageFiles, imageFolder, type ImageFolderOptions } from './imageFolder.js';
export {
  imageManifest,
  imageManifestDefaults,
  type ImageManifestOptions,
  type ManifestColumns,
} from './imageManifest.js';
export { loadSharp } from './loadSharp.js';
export { readImage, readImageDefaults, type ReadImageOptions } from './readImage.js';
export { byCodeUnit, imageExtensions, isImageName, unlabelledFolder } from './walk.js';
