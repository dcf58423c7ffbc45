export { Checkpointer } from './checkpointer.js';
export { identifyDataset, identifyModel, type RunIdentity } from './identity.js';
export { checkpointDefaults, checkpointRule, type CheckpointOptions } from './options.js';
