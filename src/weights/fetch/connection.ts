import { isSpineError } from '../../errors.js';
import { downloadFailed, TransientFailure } from './failures.js';
import type { DownloadSettings } from './options.js';
import { isWeb } from './weightFile.js';
import { untilAborted } from '../../async.js';

const mostRedirects = 10;

/** A connection to the server of one file: it waits no longer than `timeout` for anything, and ends with the signal. */
export interface Connection {
  /** The answer to a GET, after redirects that lead to the web and from https to no http. */
  get(headers: Readonly<Record<string, string>>): Promise<Response>;
  /** The next bytes of an answer, or undefined at its end. */
  next(body: ReadableStreamDefaultReader<Uint8Array>, soFar: string): Promise<Uint8Array | undefined>;
  /** Ends what is still going on. */
  close(): void;
}

export function connect(url: string, { fetch, signal, timeout }: DownloadSettings): Connection {
  const ending = new AbortController();
  const abort = () => ending.abort(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });

  async function inTime<T>(work: Promise<T>): Promise<T> {
    const stalled = () => {
      ending.abort(
        new TransientFailure(
          downloadFailed(url, 'stalled', `nothing came for ${timeout} s. Try again later, or raise timeout.`, {
            timeout,
          }),
        ),
      );
    };
    const timer = setTimeout(stalled, timeout * 1000);
    try {
      return await untilAborted(work, ending.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async function send(
    address: URL,
    headers: Readonly<Record<string, string>>,
    redirect: RequestRedirect,
  ): Promise<Response> {
    try {
      return await inTime(fetch(address.href, { headers, redirect, signal: ending.signal }));
    } catch (cause) {
      ending.signal.throwIfAborted();
      if (isSpineError(cause)) throw cause;
      const reason =
        'no connection to the server. Check the address and the network; in a browser, the server must let other sites read its files (CORS).';
      throw new TransientFailure(downloadFailed(url, 'connection', reason, {}, cause));
    }
  }

  return {
    async get(headers) {
      let address = new URL(url);
      for (let redirects = 0; redirects <= mostRedirects; redirects++) {
        const response = await send(address, headers, 'manual');
        // A browser does not say where it is led: it must go there itself.
        if (response.type === 'opaqueredirect') return checkEnd(url, await send(address, headers, 'follow'));
        const location = response.headers.get('location');
        if (location === null || ![301, 302, 303, 307, 308].includes(response.status)) return checkEnd(url, response);
        discard(response);
        address = redirected(url, address, location);
      }
      throw downloadFailed(url, 'redirect', `it is redirected more than ${mostRedirects} times. Check the address.`);
    },
    async next(body, soFar) {
      try {
        const { value } = await inTime(body.read());
        return value;
      } catch (cause) {
        ending.signal.throwIfAborted();
        throw new TransientFailure(
          downloadFailed(url, 'truncated', `the connection broke after ${soFar}. Try again.`, {}, cause),
        );
      }
    },
    close() {
      signal?.removeEventListener('abort', abort);
    },
  };
}

/** Frees the connection of an answer that is of no use. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

function redirected(url: string, from: URL, location: string): URL {
  let to: URL | undefined;
  try {
    to = new URL(location, from);
  } catch {
    // Said below.
  }
  return checkHop(url, from, to, location);
}

function checkEnd(url: string, response: Response): Response {
  if (!response.redirected) return response;
  try {
    checkHop(url, new URL(url), new URL(response.url), response.url);
  } catch (error) {
    discard(response);
    throw error;
  }
  return response;
}

function checkHop(url: string, from: URL, to: URL | undefined, location: string): URL {
  if (to === undefined || !isWeb(to)) {
    throw downloadFailed(
      url,
      'redirect',
      `it is redirected to ${JSON.stringify(location)}, which is not a web address. Check the address.`,
    );
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw downloadFailed(
      url,
      'redirect',
      `it is redirected from https to the unprotected ${to.origin}. Give that address itself if this is meant.`,
    );
  }
  return to;
}
