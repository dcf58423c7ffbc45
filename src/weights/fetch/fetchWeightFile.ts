import { isSpineError } from '../../errors.js';
import { checksumOf, fits } from './checksum.js';
import { download } from './download.js';
import {
  downloadSettings,
  browserCache,
  fetchWeightFileOptions,
  type DefaultCache,
  type FetchWeightsOptions,
} from './options.js';
import { weightCache, type WeightCache } from './weightCache.js';
import { weightFileOf, type WeightFile, type WeightLocation } from './weightFile.js';

/**
 * The bytes of a weight file: from the cache if it is there, else downloaded; verified either way, so that a file with
 * another checksum is neither given nor kept. A download that breaks goes on where it broke.
 *
 * @throws SpineError `download-failed` (see `details.reason`), `weights-checksum`, `write-failed` if the cache cannot
 *   keep the file, `invalid-argument`.
 */
export const fetchWeightFile = (source: WeightLocation, options: FetchWeightsOptions = {}): Promise<Uint8Array> =>
  fetchWeightFileWith(browserCache, source, options);

/** The same for a place that keeps files elsewhere by default. */
export const fetchWeightFileWith = (
  defaultCache: DefaultCache,
  source: WeightLocation,
  options: FetchWeightsOptions,
): Promise<Uint8Array> => fetchVerified(defaultCache, source, options, fetchWeightFileOptions);

/** @param accept throws `weights-format` for a file that must not be kept, whatever its checksum. */
export async function fetchVerified(
  defaultCache: DefaultCache,
  source: WeightLocation,
  given: FetchWeightsOptions,
  table: typeof fetchWeightFileOptions,
  accept: (bytes: Uint8Array) => void = () => undefined,
): Promise<Uint8Array> {
  const settings = downloadSettings(table.check(given), defaultCache);
  const file = weightFileOf(source, settings.variant);
  const { signal, onProgress } = settings;
  signal?.throwIfAborted();
  const cache = settings.cache && weightCache(settings.cache);
  const kept = cache && (await readVerified(cache, file, signal));
  if (kept) {
    onProgress?.({ done: kept.length, total: kept.length });
    return kept;
  }

  const partial = await cache?.openPartial(file.url);
  let keepPartial = true;
  try {
    const downloaded = await download(file, partial, settings);
    accept(downloaded.bytes);
    await cache?.write(file.url, downloaded);
    keepPartial = false;
    signal?.throwIfAborted();
    return downloaded.bytes;
  } catch (error) {
    // All of it has come, and it is the wrong file.
    if (isSpineError(error, 'weights-checksum') || isSpineError(error, 'weights-format')) keepPartial = false;
    throw error;
  } finally {
    await partial?.close(keepPartial);
  }
}

async function readVerified(
  cache: WeightCache,
  { url, checksum: wanted }: WeightFile,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const kept = await cache.read(url);
  if (kept === undefined) return undefined;
  const { bytes, checksum: written } = kept;
  const actual = await checksumOf(bytes, wanted?.algorithm ?? written.algorithm, signal);
  const isWhole = actual.algorithm !== written.algorithm || fits(actual, written);
  if (isWhole && (wanted === undefined || fits(actual, wanted))) return bytes;
  await cache.remove(url);
  return undefined;
}
