import { abortSignal, callback, either, oneOf, optionsOf, wholeNumber, type Rules } from '../../options.js';
import type { OnProgress } from '../../progress.js';
import type { BackboneVariant } from '../../models/index.js';
import { byteStore, cacheStore, type ByteStore } from '../../store/index.js';

/** How `fetchWeights` and `fetchWeightFile` fetch. */
export interface FetchWeightsOptions {
  /**
   * Which weights of a backbone that is given by its name: default 'keras', or 'torch' where torchvision alone has it.
   */
  readonly variant?: BackboneVariant;
  /**
   * Where files are kept; false keeps none. Default: the browser's Cache Storage, `cacheStore('spine-xray-ml')`, where
   * there is one, and else nowhere. `fetchWeights` and `fetchWeightFile` of `spine-xray-ml/node` differ in this alone:
   * theirs is `folderCache()`, a folder.
   */
  readonly cache?: ByteStore | false;
  /** Rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Bytes that have come, of all; `total` is Infinity if neither the server nor the source tells. */
  readonly onProgress?: OnProgress;
  /** Seconds without a byte after which a connection is given up (default 30). */
  readonly timeout?: number;
  /** How many times a connection that fails without bringing the download forward is tried again (default 3). */
  readonly retries?: number;
  /** Seconds before the first of them (default 0.5); twice as many before each further one. */
  readonly retryDelay?: number;
  /** A larger file is refused (default 1 GiB). */
  readonly maxBytes?: number;
  /** What sends the requests (default: the global `fetch`): a proxy, an access key, a test. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The defaults of both. */
export const fetchWeightsDefaults = { timeout: 30, retries: 3, retryDelay: 0.5, maxBytes: 2 ** 30 } as const;

/** Where files are kept by default. */
export type DefaultCache = () => ByteStore | undefined;

/** A page that is not served safely has none, and neither has Node. */
export const browserCache: DefaultCache = () => ('caches' in globalThis ? cacheStore('spine-xray-ml') : undefined);

/** How to download, everything decided. */
export interface DownloadSettings {
  readonly variant: BackboneVariant | undefined;
  readonly cache: ByteStore | undefined;
  readonly timeout: number;
  readonly retries: number;
  readonly retryDelay: number;
  readonly maxBytes: number;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
}

/** The longest that a timer can be set to. */
const mostSeconds = 2_147_483;

const noFolder = 'For a folder, give folderStore(path) of spine-xray-ml/node.';

/** What both functions check of their options. */
const fetchRules: Rules<FetchWeightsOptions> = {
  variant: oneOf('keras', 'torch'),
  cache: { ...either(oneOf(false), byteStore), advice: (given) => (typeof given === 'string' ? noFolder : undefined) },
  signal: abortSignal,
  onProgress: callback,
  timeout: {
    expects: `seconds above 0 and up to ${mostSeconds}`,
    accepts: (given) => typeof given === 'number' && given > 0 && given <= mostSeconds,
  },
  retries: wholeNumber(0, 20),
  retryDelay: {
    expects: 'seconds from 0 to 60',
    accepts: (given) => typeof given === 'number' && given >= 0 && given <= 60,
  },
  maxBytes: {
    expects: 'a number of bytes above 0',
    accepts: (given) => typeof given === 'number' && given > 0,
  },
  fetch: callback,
};

const tableNamed = (name: string) =>
  optionsOf<FetchWeightsOptions, typeof fetchWeightsDefaults>(name, fetchRules, fetchWeightsDefaults);
export const fetchWeightsOptions = tableNamed('fetchWeights');
export const fetchWeightFileOptions = tableNamed('fetchWeightFile');

/** What a download needs of checked options. */
export function downloadSettings(
  { cache, ...options }: ReturnType<typeof fetchWeightsOptions.check>,
  defaultCache: DefaultCache,
): DownloadSettings {
  const { timeout, retries, retryDelay, maxBytes, variant, signal, onProgress } = options;
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const kept = cache === undefined ? defaultCache() : cache || undefined;
  return { timeout, retries, retryDelay, maxBytes, variant, cache: kept, fetch, signal, onProgress };
}
