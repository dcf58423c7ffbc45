export { readImage, readImageDefaults, type ReadImageOptions } from './read-image.js';
export { imageFiles, imageFolder, type ImageFolderOptions } from './image-folder.js';
export { imageManifest, manifestColumnDefaults, type ImageManifestOptions, type ManifestColumns } from './image-manifest.js';
export { fileDatasetDefaults, type FileDatasetOptions, type SkippedFile } from './file-dataset.js';
export { imageExtensions } from './walk.js';
export { exportFolders, exportFoldersDefaults, unlabelledFolder, type ExportFoldersOptions } from './export-folders.js';
export { exportedColumns } from './manifest-text.js';
export { folderHandler } from './folder-handler.js';
export { writeFileAtomic } from './write-atomic.js';
// The types of the core that these functions speak of.
export { SpineError, isSpineError, type SpineErrorCode } from '../errors.js';
export type { Image, PixelArray } from '../image/index.js';
export type { Dataset, LoadOptions, Sample } from '../dataset/index.js';
export type { OnProgress, Progress } from '../progress.js';
