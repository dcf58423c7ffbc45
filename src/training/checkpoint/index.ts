export { Checkpointer } from './checkpointer.js';
export { identifyDataset, identifyModel, identifyObjective, type RunIdentity } from './identity.js';
export { checkpointDefaults, checkpointRule, type CheckpointOptions } from './options.js';
