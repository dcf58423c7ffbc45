import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readImage } from 'spine-xray-ml/node';
import {
  colourBytes,
  colourWords,
  failure,
  greyBytes,
  greyWords,
  height,
  picture,
  useTemporaryFolder,
  valuesOf,
  width,
} from '../support.js';

const path = useTemporaryFolder();

/** Reads what sharp has encoded. */
async function encoded(file: string, image: Sharp) {
  await image.toFile(path(file));
  return readImage(path(file));
}

describe('formats and depths', () => {
  it.each([
    ['8-bit grey PNG', 'png', greyBytes()],
    ['16-bit grey PNG', 'png', greyWords()],
    ['8-bit RGB PNG', 'png', colourBytes()],
    ['16-bit RGB PNG', 'png', colourWords()],
    ['8-bit grey TIFF', 'tiff', greyBytes()],
    ['16-bit grey TIFF', 'tiff', greyWords()],
    ['8-bit RGB TIFF', 'tiff', colourBytes()],
    ['16-bit RGB TIFF', 'tiff', colourWords()],
    ['lossless RGB WebP', 'webp', colourBytes()],
  ] as const)('%s keeps its values, depth and channels', async (_, format, values) => {
    const options = format === 'webp' ? { lossless: true } : format === 'tiff' ? { compression: 'lzw' as const } : {};
    const image = await encoded(`exact.${format}`, picture(values).toFormat(format, options));
    expect(image.shape).toEqual([height, width, values.length / (width * height)]);
    expect(image.data.constructor).toBe(values.constructor);
    expect(valuesOf(image)).toEqual([...values]);
  });

  it.each([
    ['grey', greyBytes(), 1],
    ['RGB', colourBytes(), 3],
  ] as const)('a %s JPEG is near its values', async (_, values, channels) => {
    const image = await encoded('near.jpg', picture(values).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }));
    expect(image.shape).toEqual([height, width, channels]);
    expect(Math.max(...valuesOf(image).map((value, i) => Math.abs(value - values[i]!)))).toBeLessThanOrEqual(4);
  });

  it('bit depths below 8 become 0–255', async () => {
    const bits = Uint8Array.from({ length: width * height }, (_, i) => (i % 3 === 0 ? 255 : 0));
    const palette = await encoded('bits.png', picture(bits).png({ palette: true, colours: 2, dither: 0 }));
    const fax = await encoded('bits.tiff', picture(bits).tiff({ bitdepth: 1, compression: 'ccittfax4' }));
    expect((await sharp(path('bits.png')).metadata()).bitsPerSample).toBe(1);
    for (const image of [palette, fax]) {
      expect(image.shape).toEqual([height, width, 1]);
      expect(valuesOf(image)).toEqual([...bits]);
    }
  });

  it('a palette of colours gives three channels', async () => {
    const colours = Uint8Array.from(
      { length: 3 * width * height },
      (_, i) => (Math.floor(i / 3) % 2 === 0 ? [200, 30, 10] : [0, 90, 255])[i % 3]!,
    );
    const image = await encoded('colours.png', picture(colours).png({ palette: true, dither: 0, quality: 100 }));
    expect((await sharp(path('colours.png')).metadata()).isPalette).toBe(true);
    expect(image.shape).toEqual([height, width, 3]);
    const worst = Math.max(...valuesOf(image).map((value, i) => Math.abs(value - colours[i]!)));
    expect(worst).toBeLessThanOrEqual(8);
  });

  it.each([
    ['8 bit', greyBytes()],
    ['16 bit', greyWords()],
  ] as const)('grey saved as RGB (%s) becomes one channel', async (_, grey) => {
    const tripled =
      grey.constructor === Uint8Array ? new Uint8Array(3 * grey.length) : new Uint16Array(3 * grey.length);
    grey.forEach((value, i) => tripled.fill(value, 3 * i, 3 * i + 3));
    const image = await encoded('tripled.png', picture(tripled).png());
    expect((await sharp(path('tripled.png')).metadata()).channels).toBe(3);
    expect(image.shape).toEqual([height, width, 1]);
    expect(valuesOf(image)).toEqual([...grey]);
    // One pixel that differs by one makes it a colour photograph.
    tripled[tripled.length - 1] = tripled[tripled.length - 1]! - 1;
    expect((await encoded('tinted.png', picture(tripled).png())).shape).toEqual([height, width, 3]);
  });

  it('a grey film saved as RGB JPEG becomes one channel', async () => {
    const grey = Uint8Array.from({ length: 64 * 48 }, (_, i) => (i * 7) % 256);
    const size = { width: 64, height: 48 };
    const image = await encoded(
      'scan.jpg',
      sharp(grey, { raw: { ...size, channels: 1 } })
        .toColourspace('srgb')
        .jpeg(),
    );
    expect((await sharp(path('scan.jpg')).metadata()).channels).toBe(3);
    expect(image.shape).toEqual([48, 64, 1]);
  });

  it.each([
    ['grey', 1, Uint8Array],
    ['RGB', 3, Uint8Array],
    ['grey', 1, Uint16Array],
  ] as const)('transparency over %s (%i channel) is laid over black', async (_, channels, Type) => {
    const full = Type === Uint8Array ? 255 : 65535;
    const values = new Type((channels + 1) * width * height).map((_, i) => {
      const channel = i % (channels + 1);
      // Alpha runs through none, half and full; no pixel is grey by chance.
      return channel === channels
        ? [0, Math.round(full / 2), full][Math.floor(i / (channels + 1)) % 3]!
        : Math.round(full / (channel + 1));
    });
    const image = await encoded('alpha.png', picture(values).png());
    const expected = Array.from(
      { length: width * height * channels },
      (_, i) => Math.round(full / ((i % channels) + 1)) * [0, 0.5, 1][Math.floor(i / channels) % 3]!,
    );
    expect(image.shape).toEqual([height, width, channels]);
    expect(image.data.constructor).toBe(Type);
    expect(Math.max(...valuesOf(image).map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThanOrEqual(1);
  });

  it('a CMYK JPEG becomes RGB', async () => {
    const red = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i % 3 === 0 ? 220 : 20));
    const image = await encoded(
      'cmyk.jpg',
      sharp(red, { raw: { width: 32, height: 32, channels: 3 } })
        .toColourspace('cmyk')
        .jpeg({ quality: 100 }),
    );
    expect((await sharp(path('cmyk.jpg')).metadata()).space).toBe('cmyk');
    expect(image.shape).toEqual([32, 32, 3]);
    expect(image.get(16, 16, 0)).toBeGreaterThan(170);
    expect(image.get(16, 16, 1)).toBeLessThan(90);
  });

  it('stored values are kept whatever colour profile is embedded', async () => {
    const image = await encoded('profile.png', picture(colourBytes()).withIccProfile('p3', { attach: true }).png());
    const stored = await readImage(await sharp(path('profile.png'), { ignoreIcc: true }).png().toBuffer());
    expect((await sharp(path('profile.png')).metadata()).hasProfile).toBe(true);
    expect(valuesOf(image)).toEqual(valuesOf(stored));
  });
});

describe('orientation', () => {
  /** Where the pixel that is shown at (row, column) of the upright image is stored, by the EXIF standard. */
  const stored: Record<number, (row: number, column: number) => readonly [number, number]> = {
    1: (r, c) => [r, c],
    2: (r, c) => [r, width - 1 - c],
    3: (r, c) => [height - 1 - r, width - 1 - c],
    4: (r, c) => [height - 1 - r, c],
    5: (r, c) => [c, r],
    6: (r, c) => [height - 1 - c, r],
    7: (r, c) => [height - 1 - c, width - 1 - r],
    8: (r, c) => [c, width - 1 - r],
  };

  it.each(
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((orientation) =>
      (['jpeg', 'png', 'tiff', 'webp'] as const).map((format) => [orientation, format] as const),
    ),
  )('EXIF orientation %i is applied to %s', async (orientation, format) => {
    const options =
      format === 'jpeg'
        ? { quality: 100 }
        : format === 'webp'
          ? { lossless: true }
          : format === 'tiff'
            ? { compression: 'none' as const }
            : {};
    const grey = greyBytes();
    const image = await encoded(
      `turned.${format}`,
      picture(grey).withMetadata({ orientation }).toFormat(format, options),
    );
    expect((await sharp(path(`turned.${format}`)).metadata()).orientation).toBe(orientation);
    const [rows, columns] = orientation < 5 ? [height, width] : [width, height];
    expect(image.shape).toEqual([rows, columns, 1]);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const [r, c] = stored[orientation]!(row, column);
        expect(Math.abs(image.get(row, column, 0) - grey[r * width + c]!)).toBeLessThanOrEqual(
          format === 'jpeg' ? 3 : 0,
        );
      }
    }
  });
});

describe('where the bytes come from', () => {
  it('path, URL and bytes give the same image', async () => {
    await picture(greyWords()).png().toFile(path('same one é.png'));
    const fromPath = await readImage(path('same one é.png'));
    const fromUrl = await readImage(pathToFileURL(path('same one é.png')));
    const fromBytes = await readImage(new Uint8Array(await readFile(path('same one é.png'))));
    expect(valuesOf(fromUrl)).toEqual(valuesOf(fromPath));
    expect(valuesOf(fromBytes)).toEqual(valuesOf(fromPath));
  });

  it.each(['png', 'jpeg', 'tiff', 'webp'] as const)('a %s file written anew is read anew', async (format) => {
    for (const value of [10, 200]) {
      await writeFile(
        path(`anew.${format}`),
        await picture(new Uint8Array(width * height).fill(value))
          .toFormat(format)
          .toBuffer(),
      );
      expect(Math.abs((await readImage(path(`anew.${format}`))).get(2, 2, 0) - value)).toBeLessThanOrEqual(3);
    }
  });

  it('narrow strips and single pixels are read', async () => {
    const strip = picture(new Uint8Array(79 * 384).fill(9), { width: 79, height: 384 });
    expect((await encoded('strip.png', strip.png())).shape).toEqual([384, 79, 1]);
    expect((await encoded('dot.png', picture(new Uint8Array([7]), { width: 1, height: 1 }).png())).shape).toEqual([
      1, 1, 1,
    ]);
  });
});

describe('bad input', () => {
  /** A JPEG large enough to be cut anywhere. */
  let film: Buffer;
  beforeAll(async () => {
    const grey = Uint8Array.from({ length: 300 * 200 }, (_, i) => (i * i) % 251);
    film = await picture(grey, { width: 200, height: 300 }).jpeg().toBuffer();
  });
  const read = async (name: string, bytes: Uint8Array) => {
    await writeFile(path(name), bytes);
    return readImage(path(name));
  };

  it('a missing file', async () => {
    expect(await failure(readImage(path('nowhere.png')))).toMatchObject({
      code: 'file-missing',
      message: `There is no file ${path('nowhere.png')}.`,
    });
    expect(await failure(readImage(pathToFileURL(path('nowhere.png'))))).toMatchObject({ code: 'file-missing' });
  });

  it('a folder', async () => {
    await mkdir(path('folder.png'));
    const error = await failure(readImage(path('folder.png')));
    expect(error.code).toBe('image-unreadable');
    expect(error.message).toContain('imageFolder');
  });

  it('a web address', async () => {
    expect((await failure(readImage(new URL('https://example.org/film.png')))).code).toBe('invalid-argument');
  });

  it.each([
    ['an empty file', '', 'it is empty'],
    ['text', 'no image at all', 'first bytes'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'SVG'],
    ['a GIF', 'GIF89a.....', 'GIF'],
    ['a DICOM file', `${'\0'.repeat(128)}DICM...`, 'DICOM'],
  ])('%s', async (_, text, reason) => {
    const error = await failure(read('other.png', Buffer.from(text, 'latin1')));
    expect(error.code).toBe('image-unreadable');
    expect(error.message).toContain(path('other.png'));
    expect(error.message).toContain(reason);
  });

  it.each([0.02, 0.1, 0.5, 0.9, 0.99])('a JPEG cut off at %d of its length', async (share) => {
    const error = await failure(read('cut.jpg', film.subarray(0, Math.floor(film.length * share))));
    expect(error.code).toBe('image-unreadable');
    expect(error.message).toContain(path('cut.jpg'));
    expect(error.message).toMatch(/damaged or truncated JPEG.*(premature end|corrupt)/);
  });

  it('a JPEG without its last two bytes, and one in memory', async () => {
    expect((await failure(read('cut.jpg', film.subarray(0, -2)))).code).toBe('image-unreadable');
    expect((await failure(readImage(film.subarray(0, -2)))).message).toContain(`in memory (${film.length - 2} bytes)`);
  });

  it('a JPEG with a hole in its pixels', async () => {
    const hole = Buffer.from(film).fill(0xff, film.length >> 1, (film.length >> 1) + 50);
    const error = await failure(read('hole.jpg', hole));
    expect(error.code).toBe('image-unreadable');
    expect(error.message).toContain('Corrupt JPEG data');
  });

  it('but not a JPEG with stray bytes that leave the pixels whole', async () => {
    const afterFirstSegment = 4 + film.readUInt16BE(4);
    const stray = Buffer.concat([
      film.subarray(0, afterFirstSegment),
      Buffer.from([0, 0, 0]),
      film.subarray(afterFirstSegment),
    ]);
    expect(valuesOf(await read('stray.jpg', stray))).toEqual(valuesOf(await readImage(film)));
    expect(valuesOf(await read('trailing.jpg', Buffer.concat([film, Buffer.alloc(99, 7)])))).toEqual(
      valuesOf(await readImage(film)),
    );
  });

  it.each(['png', 'tiff', 'webp'] as const)('a truncated %s', async (format) => {
    const whole = await sharp(film).toFormat(format).toBuffer();
    for (const share of [0.3, 0.6, 0.9]) {
      const error = await failure(read(`cut.${format}`, whole.subarray(0, Math.floor(whole.length * share))));
      expect(error.code).toBe('image-unreadable');
      expect(error.message).toMatch(/damaged or truncated (PNG|TIFF|WebP) file/);
    }
  });

  it('a PNG with damaged pixels at its end, though not one that lacks its closing bytes only', async () => {
    const whole = await sharp(film).png().toBuffer();
    expect(valuesOf(await read('closing.png', whole.subarray(0, -12)))).toEqual(valuesOf(await readImage(film)));
    expect((await failure(read('end.png', whole.subarray(0, -20)))).code).toBe('image-unreadable');
  });

  it('a deflate TIFF with one bit turned', async () => {
    const turned = await sharp(film).tiff({ compression: 'deflate' }).toBuffer();
    turned[turned.length >> 1]! ^= 1;
    expect((await failure(read('turned.tif', turned))).code).toBe('image-unreadable');
  });

  it('a PNG with one bit turned', async () => {
    const turned = await sharp(film).png().toBuffer();
    turned[turned.length >> 1]! ^= 1;
    expect((await failure(read('turned.png', turned))).code).toBe('image-unreadable');
  });

  it('a PackBits TIFF with overwritten bytes', async () => {
    const { bytes, start } = packBitsTiff();
    expect(valuesOf(await read('whole.tif', bytes))).toEqual(packBitsValues);
    for (const at of [0, 500, 1500]) {
      const overwritten = Uint8Array.from(bytes).fill(100, start + at, start + at + 40);
      const error = await failure(read('overwritten.tif', overwritten));
      expect(error.code).toBe('image-unreadable');
      expect(error.message).toContain('to avoid buffer overrun');
    }
  });

  it('but not a TIFF with an odd directory that leaves the pixels whole', async () => {
    const swapped = Uint8Array.from(packBitsTiff().bytes);
    const first = swapped.slice(10, 22);
    swapped.copyWithin(10, 22, 34);
    swapped.set(first, 22);
    expect(valuesOf(await read('swapped.tif', swapped))).toEqual(packBitsValues);
    const unended = packBitsTiff([[305, 2, 4, 0x41414141]]).bytes;
    expect(valuesOf(await read('unended.tif', unended))).toEqual(packBitsValues);
  });

  it('a progressive JPEG whose damage shows only as bytes left over', async () => {
    const progressive = await sharp(film).jpeg({ progressive: true }).toBuffer();
    const scans = progressive.indexOf(Buffer.from([0xff, 0xda]));
    const leftOver: string[] = [];
    for (let at = scans + 20; at < progressive.length - 20; at += 499) {
      const damaged = Buffer.from(progressive);
      damaged[at]! ^= 0x55;
      await readImage(damaged).catch((error: Error) => leftOver.push(error.message));
    }
    expect(
      leftOver.some((message) =>
        /damaged or truncated JPEG file: VipsJpeg: Corrupt JPEG data: \d+ extraneous bytes/.test(message),
      ),
    ).toBe(true);
  });

  it('pixels of other types', async () => {
    const error = await failure(readImage(realTiff()));
    expect(error.code).toBe('image-unreadable');
    expect(error.message).toContain('float');
  });

  it.skipIf(process.platform === 'win32')('a named pipe, without waiting for it', async () => {
    execFileSync('mkfifo', [path('pipe.png')]);
    const error = await failure(readImage(path('pipe.png')));
    expect(error.code).toBe('image-unreadable');
    expect(error.message).toContain('not a regular file');
  });

  it.each([0, -1, NaN, '100' as never])('a limit of %o pixels, before anything is read', async (maxPixels) => {
    expect((await failure(readImage(path('nowhere.png'), { maxPixels }))).code).toBe('invalid-argument');
  });

  it('nothing for its size where there is no limit', async () => {
    await picture(greyBytes()).png().toFile(path('unlimited.png'));
    expect((await readImage(path('unlimited.png'), { maxPixels: Infinity })).shape).toEqual([height, width, 1]);
  });

  it('too many pixels, before they are decoded', async () => {
    await picture(greyBytes()).png().toFile(path('large.png'));
    const error = await failure(readImage(path('large.png'), { maxPixels: width * height - 1 }));
    expect(error.code).toBe('image-unreadable');
    expect(error.message).toContain(`${width}×${height}`);
    expect((await readImage(path('large.png'), { maxPixels: width * height })).shape).toEqual([height, width, 1]);
  });
});

describe('abort', () => {
  it('rejects with the reason, before and during the work', async () => {
    await picture(greyBytes()).png().toFile(path('abort.png'));
    const reason = new Error('enough');
    await expect(readImage(path('abort.png'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const reading = readImage(path('abort.png'), { signal: controller.signal });
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});

type TiffEntry = readonly [tag: number, type: number, count: number, value: number];

/** Grey values of {@link packBitsTiff}, row by row. */
const packBitsValues = Array.from({ length: 64 * 48 }, (_, i) => ((i % 64) * 3 + Math.floor(i / 64) * 5) % 256);

/** A PackBits TIFF: runs of 32 literal bytes. `start` is where the pixels begin. */
function packBitsTiff(more: readonly TiffEntry[] = []): { bytes: Uint8Array; start: number } {
  const packed = packBitsValues.flatMap((value, i) => (i % 32 === 0 ? [31, value] : [value]));
  const entries = (start: number): TiffEntry[] => [
    [256, 3, 1, 64],
    [257, 3, 1, 48],
    [258, 3, 1, 8],
    [259, 3, 1, 32773],
    [262, 3, 1, 1],
    [273, 4, 1, start],
    [277, 3, 1, 1],
    [278, 3, 1, 48],
    [279, 4, 1, packed.length],
    ...more,
  ];
  const start = 8 + 2 + 12 * entries(0).length + 4;
  const view = new DataView(new ArrayBuffer(start + packed.length));
  writeDirectory(view, 8, entries(start));
  new Uint8Array(view.buffer).set(packed, start);
  return { bytes: new Uint8Array(view.buffer), start };
}

/** The smallest TIFF of one real number. */
function realTiff(): Uint8Array {
  const entries: readonly TiffEntry[] = [
    [256, 3, 1, 1],
    [257, 3, 1, 1],
    [258, 3, 1, 32],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, 8],
    [277, 3, 1, 1],
    [278, 3, 1, 1],
    [279, 4, 1, 4],
    [339, 3, 1, 3],
  ];
  const view = new DataView(new ArrayBuffer(12 + 2 + 12 * entries.length + 4));
  view.setFloat32(8, 0.5, true);
  writeDirectory(view, 12, entries);
  return new Uint8Array(view.buffer);
}

/** The header of a little-endian TIFF, and its directory at `start`. */
function writeDirectory(view: DataView, start: number, entries: readonly TiffEntry[]): void {
  [0x49, 0x49, 42, 0].forEach((byte, i) => view.setUint8(i, byte));
  view.setUint32(4, start, true);
  view.setUint16(start, entries.length, true);
  entries.forEach(([tag, type, count, value], i) => {
    const at = start + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true);
  });
}
