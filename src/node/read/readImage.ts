import { open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Metadata, Sharp } from 'sharp';
import { SpineError } from '../../errors.js';
import { type Image } from '../../image/index.js';
import { isHarmlessWarning } from './harmlessWarnings.js';
import { imageFormat, otherFormat, signatureLength } from './imageFormat.js';
import { createMemoryGate } from './memoryGate.js';
import { loadSharp } from './loadSharp.js';
import { reasonOf } from '../../reason.js';
import { ndarrayOf } from '../../ndarray.js';
import { abortSignal, checked, optionsOf, type Rule } from '../../options.js';

/** Options of {@link readImage}. */
export interface ReadImageOptions {
  /** Aborts the reading; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Width × height above which a file is refused before it is decoded. Infinity sets no limit. */
  readonly maxPixels?: number;
}

/** The defaults of {@link ReadImageOptions}. */
export const readImageDefaults = {
  /** 10 000 × 10 000: twice a stitched film of the whole spine each way. */
  maxPixels: 100_000_000,
} as const;

/** Width × height up to which files are read. */
export const maxPixelsRule: Rule<number> = {
  expects: 'a number above 0, or Infinity for no limit',
  accepts: (given) => typeof given === 'number' && given > 0,
};

export const readImageOptions = optionsOf<ReadImageOptions, typeof readImageDefaults>(
  'readImage',
  { signal: abortSignal, maxPixels: maxPixelsRule },
  readImageDefaults,
);

const imageSource: Rule<string | URL | Uint8Array> = {
  expects: 'a path, a file: URL, or the bytes of a file',
  accepts: (given) =>
    (typeof given === 'string' && given !== '') || given instanceof URL || given instanceof Uint8Array,
  advice: (given) => (given instanceof ArrayBuffer ? 'Wrap it: new Uint8Array(buffer).' : undefined),
};

/**
 * Scans are decoded side by side as long as their pixels fit here. Measured with films of 5000×4000, four read ahead:
 * one of 96 MB keeps grey scans stored as RGB under 450 MB in all, and still decodes two 16-bit scans at a time.
 */
const decoding = createMemoryGate(96_000_000);

/**
 * Reads a PNG, JPEG, TIFF or WebP file (its first page or frame) through `sharp`.
 *
 * A grey film gives [height, width, 1], a colour photograph [height, width, 3], as Uint8Array or, for files of 16 bits
 * a channel, Uint16Array. Values are the stored ones: an embedded colour profile is not applied. The EXIF orientation
 * is. Grey saved as RGB or with a palette (red = green = blue in every pixel) becomes one channel; one and two bits
 * become 0–255; transparent pixels are laid over black; CMYK becomes RGB.
 *
 * @param file a path, a `file:` URL, or the bytes of a file.
 * @throws SpineError `file-missing`; `image-unreadable` for another format, a truncated or damaged file, other pixel
 * types (signed, 32 bit, real), or more than `maxPixels`; `invalid-argument`; `dependency-missing` without `sharp`.
 */
export async function readImage(file: string | URL | Uint8Array, options: ReadImageOptions = {}): Promise<Image> {
  const { signal, maxPixels } = readImageOptions.check(options);
  checked('The file of readImage', file, imageSource);
  signal?.throwIfAborted();
  const source = file instanceof URL ? pathOf(file) : file;
  const name = typeof source === 'string' ? source : `the image in memory (${source.length} bytes)`;

  const format = await checkFormat(source, name);
  const sharp = await loadSharp('Reading images in Node');
  // Damaged data is only a warning to the JPEG decoder; decode() sorts out which warnings matter.
  const openAt = (failOn: 'warning' | 'error') =>
    sharp(source, { failOn, sequentialRead: true, ignoreIcc: true, limitInputPixels: false });
  try {
    const strict = openAt('warning');
    const metadata = await strict.metadata();
    checkPixels(metadata, name, maxPixels);
    signal?.throwIfAborted();
    const bytes = metadata.width * metadata.height * metadata.channels * (is16Bit(metadata) ? 2 : 1);
    return await decoding.run(bytes, async () => {
      signal?.throwIfAborted();
      const image = await decode(strict, () => openAt('error'), metadata);
      signal?.throwIfAborted();
      return image;
    });
  } catch (cause) {
    if (cause instanceof SpineError || signal?.aborted) throw cause;
    throw new SpineError('image-unreadable', `${name} is a damaged or truncated ${format} file: ${reasonOf(cause)}.`, {
      cause,
      details: { file: name, format },
    });
  }
}

function pathOf(url: URL): string {
  if (url.protocol !== 'file:') {
    throw new SpineError('invalid-argument', `readImage reads files, not ${url.href}. Fetch it and pass its bytes.`);
  }
  return fileURLToPath(url);
}

async function checkFormat(source: string | Uint8Array, name: string): Promise<string> {
  const head = typeof source === 'string' ? await readHead(source) : source.subarray(0, signatureLength);
  const unreadable = (reason: string) =>
    new SpineError('image-unreadable', `${name} is no PNG, JPEG, TIFF or WebP image: ${reason}.`, {
      details: { file: name },
    });
  if (head.length === 0) throw unreadable('it is empty');
  const format = imageFormat(head);
  if (format === undefined) throw unreadable(otherFormat(head));
  return format;
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    await checkRegular(path);
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(signatureLength), 0, signatureLength, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof SpineError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    const details = { file: path };
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SpineError('file-missing', `There is no file ${path}.`, { cause, details });
    }
    throw new SpineError('image-unreadable', `${path} cannot be read: ${reasonOf(cause)}.`, { cause, details });
  }
}

/** Opening a pipe or a device may wait for ever, and no signal reaches that wait. */
async function checkRegular(path: string): Promise<void> {
  const found = await stat(path);
  if (found.isFile()) return;
  const reason = found.isDirectory()
    ? 'it is a folder (imageFolder and imageFiles read folders)'
    : 'it is not a regular file but a pipe, a socket or a device';
  throw new SpineError('image-unreadable', `${path} cannot be read: ${reason}.`, { details: { file: path } });
}

const is16Bit = (metadata: Metadata) => metadata.depth === 'ushort';

function checkPixels(metadata: Metadata, name: string, maxPixels: number): void {
  const { width, height, depth } = metadata;
  const details = { file: name, width, height, depth };
  if (width * height > maxPixels) {
    throw new SpineError(
      'image-unreadable',
      `${name} has ${width}×${height} pixels, more than the ${maxPixels} that maxPixels allows. Raise it if the file can be trusted.`,
      { details },
    );
  }
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new SpineError(
      'image-unreadable',
      `${name} holds pixels of type ${depth}; this library reads unsigned pixels of 8 and 16 bits. Convert the file first.`,
      { details },
    );
  }
}

/**
 * Decodes strictly first. What then fails is read leniently if all its warnings are known to leave the pixels whole.
 * Broken pixel data is none of these, though decoders fill it in and go on.
 */
async function decode(strict: Sharp, lenient: () => Sharp, metadata: Metadata): Promise<Image> {
  try {
    return await pixels(strict, metadata);
  } catch (error) {
    if (!isHarmlessWarning(error)) throw error;
    return await pixels(lenient(), metadata);
  }
}

async function pixels(file: Sharp, metadata: Metadata): Promise<Image> {
  const wide = is16Bit(metadata);
  const grey = metadata.space === 'b-w' || metadata.space === 'grey16';
  const upright = file.rotate();
  const opaque = metadata.hasAlpha ? upright.flatten({ background: '#000' }) : upright;
  // Without its colour space named, raw output is always 8-bit RGB.
  const { data, info } = await opaque
    .toColourspace(grey ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb')
    .raw({ depth: wide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });

  const { height, width, channels } = info;
  const values = wide ? words(data) : new Uint8Array(data.buffer, data.byteOffset, data.length);
  const single =
    channels === 3
      ? singleChannel(values, wide ? new Uint16Array(height * width) : new Uint8Array(height * width))
      : undefined;
  return single ? ndarrayOf(single, [height, width, 1]) : ndarrayOf(values, [height, width, channels]);
}

function words(data: Buffer): Uint16Array {
  const aligned = data.byteOffset % 2 === 0 ? data : Uint8Array.from(data);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

/**
 * The one channel of pixels whose red, green and blue agree throughout. A colour photograph is told by its first few.
 */
function singleChannel<T extends Uint8Array | Uint16Array>(values: T, channel: T): T | undefined {
  for (let pixel = 0, i = 0; pixel < channel.length; pixel++, i += 3) {
    const red = values[i]!;
    if (red !== values[i + 1] || red !== values[i + 2]) return undefined;
    channel[pixel] = red;
  }
  return channel;
}
