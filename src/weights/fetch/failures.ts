import { SpineError, type SpineErrorDetails } from '../../errors.js';
import type { WeightChecksum } from './checksum.js';

/** In which way a download failed: `details.reason` of a `download-failed`. */
export type DownloadFailure = SpineErrorDetails['download-failed']['reason'];

/** An address for a message: without the query, which may hold a key, and without a password. */
export function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** @param reason the end of a sentence, and what to do. */
export function downloadFailed(
  url: string,
  failure: DownloadFailure,
  reason: string,
  details: Pick<SpineErrorDetails['download-failed'], 'status' | 'timeout'> = {},
  cause?: unknown,
): SpineError {
  return new SpineError('download-failed', `${shown(url)} could not be downloaded: ${reason}`, {
    cause,
    details: { url: shown(url), reason: failure, ...details },
  });
}

export function wrongChecksum(url: string, actual: WeightChecksum, wanted: WeightChecksum): SpineError {
  const how = wanted.value.length === actual.value.length ? '' : 'one beginning with ';
  return new SpineError(
    'weights-checksum',
    `${shown(url)} has the ${actual.algorithm} ${actual.value}, but ${how}${wanted.value} was expected. It was damaged on the way, or it is another file; nothing of it is kept. Try again, and compare the checksum with its publisher's.`,
    { details: { url: shown(url), expected: wanted, actual } },
  );
}

/** A failure after which the same request may succeed. */
export class TransientFailure extends Error {
  constructor(readonly failure: SpineError) {
    super(failure.message, { cause: failure });
  }
}
