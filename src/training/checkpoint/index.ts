export { Checkpointer } from './checkpointer.js';
export { describeDataset, describeModel, type RunIdentity } from './identity.js';
export { checkpointDefaults, resolveCheckpoint, type CheckpointOptions } from './options.js';
