import {
  abortSignal,
  callback,
  checkedLater,
  either,
  numberFrom,
  optionsOf,
  wholeNumber,
  type Rule,
} from '../../options.js';
import type { OnProgress } from '../../progress.js';
import type { BackboneVariant } from '../../models/index.js';
import { byteStore, cacheStore, type ByteStore } from '../../store/index.js';

/** How `fetchWeights` and `fetchWeightFile` fetch. */
export interface FetchWeightsOptions {
  /** Which weights of a backbone that is given by its name: default 'keras', or 'torch' where torchvision alone has it. */
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

/** Where files are kept if nobody says. */
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

const above = (rule: Rule<number>, expects: string): Rule<number> => ({
  expects,
  accepts: (given) => rule.accepts(given) && given !== 0,
});

const fetchWeightsOptions = optionsOf<FetchWeightsOptions>()(
  'fetchWeights',
  {
    // Which there are depends on the backbone.
    variant: checkedLater,
    cache: either<ByteStore, false>(byteStore, { expects: 'false', accepts: (given) => given === false }),
    signal: abortSignal,
    onProgress: callback,
    timeout: above(numberFrom(0, mostSeconds), `seconds above 0 and up to ${mostSeconds}`),
    retries: wholeNumber(0, 20),
    retryDelay: numberFrom(0, 60),
    maxBytes: above(numberFrom(0), 'a number of bytes above 0'),
    fetch: callback,
  },
  fetchWeightsDefaults,
);

export function downloadSettings(options: FetchWeightsOptions, defaultCache: DefaultCache): DownloadSettings {
  const { timeout, retries, retryDelay, maxBytes, ...given } = fetchWeightsOptions.check(options);
  return {
    timeout,
    retries,
    retryDelay,
    maxBytes,
    variant: given.variant,
    cache: given.cache === undefined ? defaultCache() : given.cache || undefined,
    fetch: given.fetch ?? globalThis.fetch.bind(globalThis),
    signal: given.signal,
    onProgress: given.onProgress,
  };
}
