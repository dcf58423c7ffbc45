import { isPlainObject, quoted, refuseUnknownOptions } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import { checkStore, type ByteStore } from '../../store/index.js';

/** How checkpoints of a training run are kept. */
export interface CheckpointOptions {
  /** Where: `folderStore(directory)` of `spine-xray-ml/node`, `indexedDBStore(name)`, or another one. One for each run. */
  readonly store: ByteStore;
  /** After how many epochs of a stage one is written. One is written at the end of each stage in any case. Default 1. */
  readonly every?: number;
}

/** The defaults of {@link CheckpointOptions}. */
export const checkpointDefaults = { every: 1 } as const satisfies Partial<CheckpointOptions>;

/** @throws SpineError `invalid-argument`. */
export function resolveCheckpoint(given: ByteStore | CheckpointOptions): Required<CheckpointOptions> {
  const isOptions =
    typeof given === 'object' && given !== null && !('read' in given) && ('store' in given || isPlainObject(given));
  if (isOptions) refuseUnknownOptions('checkpoint', given, optionNames);
  const { store, every = checkpointDefaults.every } = isOptions ? given : { store: given };
  checkStore(isOptions ? 'checkpoint.store' : 'checkpoint', store);
  if (!(Number.isInteger(every) && every > 0)) {
    throw new SpineError(
      'invalid-argument',
      `checkpoint.every must be a whole number of epochs above 0, got ${quoted(every)}.`,
    );
  }
  return { store, every };
}

const optionNames = Object.keys({ store: true, every: true } satisfies Record<keyof CheckpointOptions, true>);
