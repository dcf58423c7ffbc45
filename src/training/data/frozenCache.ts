import { numberFrom, optionsOf, wholeNumber } from '../../options.js';
import { byteStore, type ByteStore } from '../../store/index.js';

/** Where the results of frozen layers are kept, which run once per sample then. */
export interface FrozenCacheOptions {
  /** Bytes to keep in memory at most; 0 for none, which without `spill` turns the cache off. Default 1 GiB. */
  readonly bytes?: number;
  /**
   * Where to keep what goes beyond: a folder or a browser's database, of which no other run makes use meanwhile. It is
   * emptied when training ends, and of what a killed run left when the next one begins. Default: none, and frozen
   * layers run in each epoch where their results do not fit the memory.
   */
  readonly spill?: ByteStore;
  /**
   * Of samples that are drawn anew in each epoch, keep this many draws: those of the first epochs, taken in turn.
   * Default: none, and frozen layers run in each epoch for as long as a sample of the training set varies.
   */
  readonly views?: number;
}

/** The defaults of {@link FrozenCacheOptions}. */
export const frozenCacheDefaults = { bytes: 2 ** 30 } as const satisfies FrozenCacheOptions;

export const frozenCacheOptions = optionsOf<FrozenCacheOptions, typeof frozenCacheDefaults>(
  'cache',
  { bytes: numberFrom(0), spill: byteStore, views: wholeNumber(1) },
  frozenCacheDefaults,
);

/** The options with their defaults. */
export type FrozenCache = ReturnType<typeof frozenCacheOptions.check>;
