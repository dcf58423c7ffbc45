import { quoted, refuseUnknownOptions, requireFunction, requireOptions, requireSignal } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import type { OnProgress } from '../../progress.js';
import type { BackboneVariant } from '../../models/index.js';
import type { WeightCache } from './weightCache.js';

/** How `fetchWeights` and `fetchWeightFile` fetch. */
export interface FetchWeightsOptions {
  /** Which weights of a backbone that is given by its name: default 'keras', or 'torch' where torchvision alone has it. */
  readonly variant?: BackboneVariant;
  /** Where files are kept (default: the browser's Cache Storage, if there is one). False keeps none. */
  readonly cache?: WeightCache | false;
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

/** How to download, everything decided. */
export interface DownloadSettings {
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

const optionNames = Object.keys({
  variant: true,
  cache: true,
  signal: true,
  onProgress: true,
  timeout: true,
  retries: true,
  retryDelay: true,
  maxBytes: true,
  fetch: true,
} satisfies Record<keyof FetchWeightsOptions, true>);

export function downloadSettings(options: FetchWeightsOptions): DownloadSettings {
  requireOptions('fetchWeights', options, '{} for its options');
  refuseUnknownOptions('fetchWeights', options, optionNames);
  requireFunction('fetch', options.fetch);
  requireFunction('onProgress', options.onProgress);
  requireSignal(options.signal);
  checkCache(options.cache);
  const settings = {
    timeout: options.timeout ?? fetchWeightsDefaults.timeout,
    retries: options.retries ?? fetchWeightsDefaults.retries,
    retryDelay: options.retryDelay ?? fetchWeightsDefaults.retryDelay,
    maxBytes: options.maxBytes ?? fetchWeightsDefaults.maxBytes,
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    signal: options.signal,
    onProgress: options.onProgress,
  };
  const { timeout, retries, retryDelay, maxBytes } = settings;
  require(timeout > 0 && timeout <= mostSeconds, 'timeout', `seconds above 0 and up to ${mostSeconds}`, timeout);
  require(Number.isInteger(retries) &&
    retries >= 0 &&
    retries <= 20, 'retries', 'a whole number from 0 to 20', retries);
  require(retryDelay >= 0 && retryDelay <= 60, 'retryDelay', 'seconds from 0 to 60', retryDelay);
  require(maxBytes > 0, 'maxBytes', 'a number of bytes above 0', maxBytes);
  return settings;
}

function checkCache(cache: unknown): void {
  if (cache === undefined || cache === false) return;
  const methods = ['read', 'write', 'remove'] as const;
  if (
    typeof cache === 'object' &&
    cache !== null &&
    methods.every((method) => typeof (cache as Partial<WeightCache>)[method] === 'function')
  )
    return;
  const advice =
    typeof cache === 'string'
      ? ' A folder can be named to fetchWeights of spine-xray-ml/node; here it is cache: folderCache(folder), and in a browser browserCache(name).'
      : '';
  throw new SpineError(
    'invalid-argument',
    `cache must be false or an object with ${methods.join(', ')}; got ${quoted(cache)}.${advice}`,
  );
}

function require(isRight: boolean, name: string, wanted: string, given: unknown): void {
  if (!isRight) throw new SpineError('invalid-argument', `${name} must be ${wanted}; got ${quoted(given)}.`);
}
