export { buildXception, xceptionDefaults, type XceptionOptions } from './xception.js';
export { headDefaults, type HeadOptions } from './head.js';
export { isModel } from './isModel.js';
export { modelClasses, modelMetadata, rememberClasses, type ClassList, type ModelMetadata } from './metadata.js';
