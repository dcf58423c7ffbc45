import { decode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndarrayOf } from 'spine-xray-ml';
import { pngDataUri, thumbnail } from 'spine-xray-ml/report';

const side = fc.integer({ min: 1, max: 40 });

describe('thumbnail', () => {
  it('fits the side asked for, keeps the aspect ratio and is never enlarged', () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 50 }), (height, width, maximum) => {
        const small = thumbnail(ndarrayOf(new Uint8Array(height * width).fill(9), [height, width, 1]), maximum);
        expect(Math.max(small.height, small.width)).toBe(Math.min(maximum, Math.max(height, width)));
        const ratio = Math.min(1, maximum / Math.max(height, width));
        expect(Math.abs(small.height - height * ratio)).toBeLessThanOrEqual(height * ratio < 1 ? 1 : 0.5);
        expect(Math.abs(small.width - width * ratio)).toBeLessThanOrEqual(width * ratio < 1 ? 1 : 0.5);
        expect([...small.data].every((value) => value === 9)).toBe(true);
      }),
    );
  });

  it('averages whole boxes', () => {
    const image = ndarrayOf(Uint8Array.from([0, 10, 20, 30, 0, 10, 20, 30]), [2, 4, 1]);
    expect([...thumbnail(image, 2).data]).toEqual([5, 25]);
  });

  it('keeps colours apart, and reads strided views', () => {
    const image = ndarrayOf(Uint8Array.from([1, 2, 3, 4, 5, 6]), [1, 2, 3]);
    expect([...thumbnail(image.step(1, -1, 1), 2).data]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('shows bytes and reals in [0, 1] as they are, and stretches all else', () => {
    expect([...thumbnail(ndarrayOf(Uint8Array.from([50, 100]), [1, 2, 1]), 9).data]).toEqual([50, 100]);
    expect([...thumbnail(ndarrayOf(Float32Array.from([0.2, 1]), [1, 2, 1]), 9).data]).toEqual([51, 255]);
    expect([...thumbnail(ndarrayOf(Float32Array.from([-1, 0, 1]), [1, 3, 1]), 9).data]).toEqual([0, 128, 255]);
    expect([...thumbnail(ndarrayOf(Uint16Array.from([1000, 2000, 3000]), [1, 3, 1]), 9).data]).toEqual([0, 128, 255]);
    expect([...thumbnail(ndarrayOf(Uint16Array.from([7, 7]), [1, 2, 1]), 9).data]).toEqual([0, 0]);
  });

  it('refuses what is no picture', () => {
    expect(() => thumbnail(ndarrayOf(new Uint8Array(8), [2, 2, 2]), 9)).toThrow(
      expect.objectContaining({ code: 'image-shape' }),
    );
    expect(() => thumbnail(ndarrayOf(new Uint8Array(4), [2, 2]), 9)).toThrow(
      expect.objectContaining({ code: 'image-shape' }),
    );
  });
});

describe('pngDataUri', () => {
  it('holds the same pixels, grey and colour', async () => {
    for (const channels of [1, 3] as const) {
      const data = Uint8Array.from({ length: 70 * 60 * channels }, (_, index) => (index * 31) % 256);
      const uri = await pngDataUri({ width: 60, height: 70, channels, data });
      expect(uri).toMatch(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/);
      const png = decode(Uint8Array.from(atob(uri.split(',')[1]!), (character) => character.charCodeAt(0)));
      expect([png.width, png.height, png.channels]).toEqual([60, 70, channels]);
      expect([...png.data]).toEqual([...data]);
    }
  });
});
