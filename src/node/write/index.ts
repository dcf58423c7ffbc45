export { exportFolders, exportFoldersDefaults, type ExportFoldersOptions } from './exportFolders.js';
export { exportedColumns } from './manifestText.js';
export { makeFolders, removeMadeFolders } from './makeFolders.js';
export { writeWeights } from './weightFiles.js';
export { orWriteFailed, writeFailed, writeFileAtomic, writeThrough } from './writeAtomic.js';
