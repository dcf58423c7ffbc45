import { checkImage, shapeOf, strideOf, type Image } from '../image/index.js';
import { horizontalFlipOptions, transposeOptions, verticalFlipOptions, type FlipOptions } from './augmentOptions.js';
import type { AugmentTransform } from './transform.js';
import { ndarrayOf } from '../ndarray.js';

/** The parameters of a flip: none. */
export type FlipParams = Readonly<Record<string, never>>;

/** A transform without parameters, whose result is a view of the image. */
export interface Flip extends AugmentTransform<FlipOptions, FlipParams> {
  apply(image: Image, params?: FlipParams | null): Image;
}

/**
 * Formula 3: rows become columns. A view that shares the image's memory. An image of H×W becomes W×H, so transpose
 * square images only where all have to keep one shape.
 */
export const transpose: Flip = flip(transposeOptions, (image) => {
  const [height, width, channels] = shapeOf(image);
  const [row, column, channel] = strideOf(image);
  return ndarrayOf(image.data, [width, height, channels], [column, row, channel], image.offset);
});

/** Formula 5: left and right change places. A view that shares the image's memory. */
export const horizontalFlip: Flip = flip(horizontalFlipOptions, (image) => {
  const [row, column, channel] = strideOf(image);
  return ndarrayOf(image.data, image.shape, [row, -column, channel], image.offset + (shapeOf(image)[1] - 1) * column);
});

/** Formula 6: top and bottom change places. A view that shares the image's memory. */
export const verticalFlip: Flip = flip(verticalFlipOptions, (image) => {
  const [row, column, channel] = strideOf(image);
  return ndarrayOf(image.data, image.shape, [-row, column, channel], image.offset + (shapeOf(image)[0] - 1) * row);
});

function flip(table: typeof transposeOptions | typeof horizontalFlipOptions, view: (image: Image) => Image): Flip {
  return {
    draw(random, options = {}) {
      const { probability } = table.check(options);
      return random.chance(probability) ? {} : null;
    },
    apply(image, params = {}) {
      checkImage(image);
      return params === null ? image : view(image);
    },
  };
}
