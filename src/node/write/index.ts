export { exportFolders, exportFoldersDefaults, type ExportFoldersOptions } from './exportFolders.js';
export { exportedColumns } from './manifestText.js';
export { writeWeights } from './weightFiles.js';
export { orWriteFailed, removeMadeFolders, writeFailed, writeFileAtomic, writeThrough } from './writeAtomic.js';
