import { discard } from './connection.js';
import { downloadFailed, TransientFailure } from './failures.js';
import type { FileVersion } from './partialFile.js';
import type { WeightFile } from './weightFile.js';

/** What the head of an answer says of the file. */
export interface Announcement {
  readonly version: FileVersion;
  /** Where the bytes belong in the file. */
  readonly start: number;
  /** The size of the whole file, if it is told. */
  readonly total: number | undefined;
  /** Whether that size is of the bytes that will be read, and not of a compressed form. */
  readonly isExact: boolean;
  /** Whether a later request can go on where the bytes end. */
  readonly isResumable: boolean;
}

/** Reads the head of a good answer (200 or 206). */
export function announcement(response: Response): Announcement {
  const { headers } = response;
  const length = wholeNumber(headers.get('content-length'));
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const isPlain = ['', 'identity'].includes(headers.get('content-encoding') ?? '');
  const etag = headers.get('etag');
  const lastModified = headers.get('last-modified');
  return {
    version: { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) },
    start: response.status === 206 ? (wholeNumber(range?.[1]) ?? NaN) : 0,
    total: response.status === 206 ? wholeNumber(range?.[3]) : length,
    // An answer from another site hides from a page whether it is compressed.
    isExact: isPlain && response.type !== 'cors',
    isResumable: isPlain,
  };
}

/** The size that a server gives with a 416: `bytes * / size`. */
export const sizeAfterAll = (response: Response): number | undefined =>
  wholeNumber(/^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);

function wholeNumber(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Headers that ask for the rest of a file, and for the whole if it has changed since. */
export function rangeHeaders(start: number, version: FileVersion): Record<string, string> {
  // A weak tag does not promise the same bytes.
  const strong = version.etag?.startsWith('W/') ? undefined : version.etag;
  const validator = strong ?? version.lastModified;
  return { range: `bytes=${start}-`, ...(validator !== undefined && { 'if-range': validator }) };
}

/** Whether two answers can be of the same file. */
export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  const agree = (one: string | undefined, other: string | undefined) =>
    one === undefined || other === undefined || one === other;
  return agree(a.etag, b.etag) && agree(a.lastModified, b.lastModified);
}

const transientStatuses = [408, 425, 429, 500, 502, 503, 504];

/** Refuses an answer that is not a file, or not the file asked for. */
export function checkAnswer(file: WeightFile, response: Response, isRangeAsked: boolean): void {
  const { status, statusText } = response;
  const failure = () => {
    if (status === 206 && isRangeAsked) return undefined;
    if (status === 206)
      return downloadFailed(file.url, 'status', 'the server sent a part of the file in place of the whole.', {
        status,
      });
    if (status !== 200)
      return downloadFailed(
        file.url,
        'status',
        `the server answered ${`${status} ${statusText}`.trim()}. ${advice(status)}`,
        { status },
      );
    return undefined;
  };
  const failed = failure() ?? pageFailure(file, response.headers.get('content-type') ?? '');
  if (failed === undefined) return;
  discard(response);
  throw transientStatuses.includes(status) ? new TransientFailure(failed) : failed;
}

function advice(status: number): string {
  if (status === 404 || status === 410) return 'Check the address.';
  if (status === 401 || status === 403)
    return 'It refuses to give the file, or gives it only to users who are logged in.';
  if (status === 407) return 'A proxy asks who you are: give a fetch that tells.';
  return status >= 500 || status === 429 ? 'Try again later.' : 'Check the address.';
}

function pageFailure({ url }: WeightFile, contentType: string) {
  if (!/^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType)) return undefined;
  return notThePage(url);
}

/** Refuses the first bytes of a page that says it is a file. */
export function checkFirstBytes({ url }: WeightFile, bytes: Uint8Array): void {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 64)).replace(/^ï»¿/, '');
  if (/^\s*<(!doctype|html|head|\?xml)\b/i.test(text)) throw notThePage(url);
}

function notThePage(url: string) {
  return downloadFailed(
    url,
    'content',
    'a web page came in place of the file. A network that wants a login does that: open the address in a browser.',
  );
}
