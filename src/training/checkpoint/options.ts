import { isPlainObject } from '../../arguments.js';
import { optionsOf, required, wholeNumber, type Rule } from '../../options.js';
import { byteStore, type ByteStore } from '../../store/index.js';

/** How checkpoints of a training run are kept. */
export interface CheckpointOptions {
  /**
   * Where: `folderStore(directory)` of `spine-xray-ml/node`, `indexedDBStore(name)`, or another one. One for each run.
   */
  readonly store: ByteStore;
  /**
   * After how many epochs of a stage one is written. One is written at the end of each stage in any case. Default 1.
   */
  readonly every?: number;
}

/** The defaults of {@link CheckpointOptions}. */
export const checkpointDefaults = { every: 1 } as const satisfies Partial<CheckpointOptions>;

export const checkpointOptions = optionsOf<CheckpointOptions, typeof checkpointDefaults>(
  'checkpoint',
  { store: required(byteStore), every: wholeNumber(1) },
  checkpointDefaults,
);

/** A store, or options with one; completes it to options. */
export const checkpointRule: Rule<ByteStore | CheckpointOptions> = {
  expects: byteStore.expects,
  accepts: (given) => byteStore.accepts(given) || areOptions(given),
  complete: (given, path) =>
    checkpointOptions.check(areOptions(given) ? (given as CheckpointOptions) : { store: given as ByteStore }, path),
};

/** A store may be of a class, and has functions of its own; anything else plain is meant for options. */
const areOptions = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && !('read' in given) && ('store' in given || isPlainObject(given));
