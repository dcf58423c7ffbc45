export { buildXception, xceptionDefaults, type XceptionOptions } from './xception.js';
export { headDefaults, type HeadOptions } from './head.js';
export { modelClasses, modelMetadata, type ClassList, type ModelMetadata } from './metadata.js';
