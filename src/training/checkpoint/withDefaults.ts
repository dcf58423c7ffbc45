import { withStageDefaults, type Stage } from '../stage/index.js';
import type { RunIdentity } from './identity.js';

/** What a checkpoint belongs to, with defaults written out: one that is given is no other than one that is left out. */
export function withDefaults(identity: RunIdentity): RunIdentity {
  const options = identity.options as { readonly batchSize: number; readonly microBatchSize?: number };
  return {
    ...identity,
    stages: (identity.stages as readonly Stage[]).map(withStageDefaults),
    options: { ...options, microBatchSize: options.microBatchSize ?? options.batchSize },
  };
}
