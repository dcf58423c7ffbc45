export { buildXception } from './xception.js';
export {
  backboneFacts,
  backboneNames,
  buildBackbone,
  checkBackbone,
  type BackboneFacts,
  type BackboneName,
} from './registry.js';
export type { BackboneVariant } from './architecture.js';
export { buildBackboneDefaults, type BuildBackboneOptions } from './options.js';
export { headDefaults, type HeadOptions } from './head.js';
export { modelClasses, modelMetadata, rememberClasses, type ClassList, type ModelMetadata } from './metadata.js';
export { imageNet } from './inputConvention.js';
