export type { BackboneVariant } from './backbone.js';
export { headDefaults, type HeadOptions } from './head.js';
export { imageNet } from './inputConvention.js';
export { modelClasses, modelMetadata, rememberClasses, type ClassList, type ModelMetadata } from './metadata.js';
export { buildBackboneDefaults, type BuildBackboneOptions } from './options.js';
export {
  backboneFacts,
  backboneNames,
  buildBackbone,
  checkBackbone,
  type BackboneFacts,
  type BackboneName,
} from './registry.js';
export { buildXception } from './xception.js';
