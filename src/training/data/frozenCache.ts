import { quoted, refuseUnknownOptions } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import { checkStore, type ByteStore } from '../../store/index.js';

/** Where the results of frozen layers are kept, which run once per sample then. */
export interface FrozenCacheOptions {
  /** Bytes to keep in memory at most; 0 for none. Default {@link frozenCacheDefaults}.bytes. */
  readonly bytes?: number;
  /**
   * Where to keep what goes beyond: a folder or a browser's database, of which no other run makes use meanwhile. It is
   * emptied when training ends, and of what a killed run left when the next one begins. Default: none, and frozen layers
   * run in each epoch where their results do not fit the memory.
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

/** The options with their defaults. */
export interface ResolvedFrozenCache extends FrozenCacheOptions {
  readonly bytes: number;
}

/** @throws SpineError `invalid-argument`. */
export function resolveFrozenCache(
  cache: FrozenCacheOptions | undefined,
  cacheBytes: number | undefined,
): ResolvedFrozenCache {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  const given: unknown = cache;
  if (given !== undefined && (typeof given !== 'object' || given === null))
    fail(`cache must be { bytes, spill, views }, got ${quoted(given)}.`);
  refuseUnknownOptions('cache', cache ?? {}, optionNames);
  const { spill, views, bytes } = cache ?? {};
  if (bytes !== undefined && cacheBytes !== undefined)
    fail('cacheBytes and cache.bytes are the same option: give one of them.');
  const name = bytes === undefined ? 'cacheBytes' : 'cache.bytes';
  const limit = bytes ?? cacheBytes ?? frozenCacheDefaults.bytes;
  if (!(limit >= 0)) fail(`${name} must be a number of bytes, 0 for none in memory, got ${quoted(limit)}.`);
  if (spill !== undefined) checkStore('cache.spill', spill);
  if (views !== undefined && !(Number.isInteger(views) && views > 0))
    fail(`cache.views must be a whole number above 0, got ${quoted(views)}.`);
  return { bytes: limit, ...(spill && { spill }), ...(views !== undefined && { views }) };
}

const optionNames = Object.keys({ bytes: true, spill: true, views: true } satisfies Record<
  keyof FrozenCacheOptions,
  true
>);
