import {
  announcement,
  checkAnswer,
  checkFirstBytes,
  isSameVersion,
  rangeHeaders,
  sizeAfterAll,
  type Announcement,
} from './response.js';
import { createHasher, fits } from './checksum.js';
import { connect, discard, type Connection } from './connection.js';
import { downloadFailed, TransientFailure, wrongChecksum } from './failures.js';
import type { DownloadSettings } from './options.js';
import { Received } from './receivedBytes.js';
import type { PartialFile } from './partialFile.js';
import type { KeptFile } from './weightCache.js';
import type { WeightFile } from './weightFile.js';

/**
 * Downloads a file and verifies its checksum. A connection that breaks or stalls is tried again, from where it broke
 * if the server can; so is a partial file of an earlier download.
 */
export async function download(
  file: WeightFile,
  partial: PartialFile | undefined,
  settings: DownloadSettings,
): Promise<KeptFile> {
  const hasher = await createHasher(file.checksum?.algorithm ?? 'sha256');
  const received = Received.from(hasher, partial);
  let failures = 0;
  let farthest = received.length;
  let isSecondStart = false;
  for (;;) {
    settings.signal?.throwIfAborted();
    try {
      await receive(file, received, settings);
      const checksum = hasher.finish();
      if (file.checksum === undefined || fits(checksum, file.checksum)) return { bytes: received.bytes(), checksum };
      if (!received.isPieced || isSecondStart) throw wrongChecksum(file.url, checksum, file.checksum);
      // A piece may be damaged, or of an older file under the same address.
      isSecondStart = true;
      await received.restart({});
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      if (received.length > farthest) failures = 0;
      farthest = Math.max(farthest, received.length);
      if (failures >= settings.retries) throw error.failure;
      await pause(settings.retryDelay * 2 ** failures, settings.signal);
      failures++;
    }
  }
}

/** One connection: brings `received` to the end of the file, or throws. */
async function receive(file: WeightFile, received: Received, settings: DownloadSettings): Promise<void> {
  const connection = connect(file.url, settings);
  try {
    const response = await answerTo(file, received, connection);
    if (response === undefined) return;
    try {
      await readBody(file, received, response, connection, settings);
    } finally {
      discard(response);
    }
  } finally {
    connection.close();
  }
}

/** The answer whose bytes belong after those received, or undefined if these were all. */
async function answerTo(file: WeightFile, received: Received, connection: Connection): Promise<Response | undefined> {
  // Browsers pass this one over and undo compression themselves.
  const plain = { 'accept-encoding': 'identity' };
  if (canContinue(file, received)) {
    const response = await connection.get({ ...plain, ...rangeHeaders(received.length, received.version) });
    if (response.status === 416) {
      discard(response);
      if (sizeAfterAll(response) === received.length) {
        received.continue();
        return undefined;
      }
    } else {
      checkAnswer(file, response, true);
      const announced = announcement(response);
      if (response.status === 200) {
        await received.restart(announced.version, announced.isResumable);
        return response;
      }
      if (continues(file, received, announced)) {
        received.continue();
        return response;
      }
      discard(response);
    }
  }
  const response = await connection.get(plain);
  checkAnswer(file, response, false);
  const { version, isResumable } = announcement(response);
  await received.restart(version, isResumable);
  return response;
}

/** Without a checksum, only a version that the server confirms makes one file of two pieces. */
function canContinue({ checksum }: WeightFile, { isResumable, version }: Received): boolean {
  return isResumable && (checksum !== undefined || 'if-range' in rangeHeaders(0, version));
}

function continues({ checksum }: WeightFile, { length, version }: Received, announced: Announcement): boolean {
  if (!announced.isResumable || !isSameVersion(version, announced.version)) return false;
  // From another site, a page may not see the range; the checksum decides then.
  return announced.start === length || (Number.isNaN(announced.start) && checksum !== undefined);
}

async function readBody(
  file: WeightFile,
  received: Received,
  response: Response,
  connection: Connection,
  settings: DownloadSettings,
): Promise<void> {
  const { total: announced, isExact } = announcement(response);
  const expected = isExact ? announced : undefined;
  if (file.bytes !== undefined && expected !== undefined && expected !== file.bytes) {
    throw downloadFailed(
      file.url,
      'content',
      `the server offers ${expected} bytes, but the file has ${file.bytes}. It is another file, or a damaged one.`,
    );
  }
  const tooLarge = (bytes: string) =>
    downloadFailed(
      file.url,
      'too-large',
      `it has ${bytes} bytes, but maxBytes allows ${settings.maxBytes}. Raise it if this is the right file.`,
    );
  if (expected !== undefined && expected > settings.maxBytes) throw tooLarge(String(expected));
  const size = file.bytes ?? expected;
  if (size !== undefined) reserve(file, received, size);

  const total = size ?? announced ?? Infinity;
  const soFar = () => `${received.length} of ${size ?? 'an unknown number of'} bytes`;
  const reader = response.body?.getReader();
  try {
    for (let bytes = await next(); bytes !== undefined; bytes = await next()) {
      if (received.length === 0) checkFirstBytes(file, bytes);
      const length = received.length + bytes.length;
      if (length > settings.maxBytes) throw tooLarge(`more than ${received.length}`);
      if (size !== undefined && length > size)
        throw downloadFailed(
          file.url,
          'content',
          `more than its ${size} bytes came. It is another file, or a damaged one.`,
        );
      await received.append(bytes);
      settings.onProgress?.({ done: received.length, total: Math.max(total, received.length) });
    }
  } finally {
    reader?.cancel().catch(() => undefined);
    reader?.releaseLock();
  }
  if (size !== undefined && received.length < size) {
    throw new TransientFailure(downloadFailed(file.url, 'truncated', `it ended after ${soFar()}. Try again.`));
  }

  function next(): Promise<Uint8Array | undefined> {
    return reader === undefined ? Promise.resolve(undefined) : connection.next(reader, soFar());
  }
}

function reserve({ url }: WeightFile, received: Received, size: number): void {
  try {
    received.reserve(size);
  } catch (cause) {
    throw downloadFailed(url, 'too-large', `there is no memory for its ${size} bytes.`, {}, cause);
  }
}

async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wake = () => {};
  try {
    await new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, seconds * 1000);
      signal?.addEventListener('abort', wake, { once: true });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', wake);
  }
  signal?.throwIfAborted();
}
