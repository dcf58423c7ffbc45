import { afterEach, describe, expect, it, vi } from 'vitest';
import { imageFromBrowser } from 'spine-xray-ml';
import { valuesOf } from '../support/pixels.js';

afterEach(() => void vi.unstubAllGlobals());

const imageData = (width: number, height: number, rgba: readonly number[]) =>
  ({ width, height, data: Uint8ClampedArray.from(rgba) }) as unknown as ImageData;

/** A canvas whose readback is `rgba`, and which remembers what was drawn on it. */
function stubCanvas(rgba: readonly number[], getImageData?: () => never) {
  const drawn: unknown[][] = [];
  class Canvas {
    constructor(
      readonly width: number,
      readonly height: number,
    ) {}
    getContext() {
      return {
        drawImage: (...call: unknown[]) => void drawn.push(call),
        getImageData: getImageData ?? (() => imageData(this.width, this.height, rgba)),
      };
    }
  }
  vi.stubGlobal('OffscreenCanvas', Canvas);
  return drawn;
}

describe('imageFromBrowser', () => {
  it('reads grey ImageData as one channel', () => {
    const image = imageFromBrowser(imageData(2, 1, [7, 7, 7, 255, 200, 200, 200, 255]));
    expect(image.shape).toEqual([1, 2, 1]);
    expect(image.data).toEqual(Uint8Array.of(7, 200));
  });

  it('reads colour as three, even if one pixel is coloured', () => {
    const image = imageFromBrowser(imageData(2, 1, [7, 7, 7, 255, 200, 200, 201, 255]));
    expect(image.shape).toEqual([1, 2, 3]);
    expect(valuesOf(image)).toEqual([7, 7, 7, 200, 200, 201]);
  });

  it('lays what is transparent over black', () => {
    const image = imageFromBrowser(imageData(3, 1, [200, 200, 200, 0, 200, 200, 200, 51, 9, 9, 9, 255]));
    expect(valuesOf(image)).toEqual([0, 40, 9]);
  });

  it('reads elements and bitmaps through a canvas of their natural size', () => {
    const drawn = stubCanvas([1, 2, 3, 255, 4, 5, 6, 255]);
    const element = { naturalWidth: 2, naturalHeight: 1, width: 300, height: 150, complete: true } as HTMLImageElement;
    expect(imageFromBrowser(element).shape).toEqual([1, 2, 3]);
    expect(drawn).toEqual([[element, 0, 0, 2, 1]]);
    const bitmap = { width: 1, height: 2 } as ImageBitmap;
    expect(imageFromBrowser(bitmap).shape).toEqual([2, 1, 3]);
  });

  it('says what hinders it', () => {
    stubCanvas([], () => {
      throw new DOMException('tainted', 'SecurityError');
    });
    const failure = (code: string, message: RegExp) =>
      expect.objectContaining({ code, message: expect.stringMatching(message) });
    const element = { naturalWidth: 2, naturalHeight: 1, width: 300, height: 150, complete: true } as HTMLImageElement;
    expect(() => imageFromBrowser(element)).toThrow(failure('image-unreadable', /crossOrigin/));
    expect(() => imageFromBrowser({ ...element, complete: false })).toThrow(failure('image-unreadable', /decode/));
    expect(() => imageFromBrowser({ ...element, naturalWidth: 0 })).toThrow(failure('image-shape', /0×1/));
    expect(() => imageFromBrowser(imageData(0, 0, []))).toThrow(failure('image-shape', /0×0/));
    expect(() => imageFromBrowser({ width: 1, height: 1, data: new Float32Array(4) } as never)).toThrow(
      failure('image-unreadable', /8-bit/),
    );
    stubCanvas([], () => {
      throw new DOMException('too large', 'InvalidStateError');
    });
    expect(() => imageFromBrowser(element)).toThrow(failure('image-unreadable', /2×1 pixels back.*larger/));
    expect(() => imageFromBrowser(null as never)).toThrow(failure('invalid-argument', /imageFromBrowser reads/));
    vi.unstubAllGlobals();
    expect(() => imageFromBrowser(element)).toThrow(failure('image-unreadable', /spine-xray-ml\/node/));
  });
});
