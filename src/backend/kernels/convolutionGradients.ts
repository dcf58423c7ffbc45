import * as tf from '@tensorflow/tfjs-core';
import { channelSums } from './channelSums.js';
import { isPointwise, pixelsOf } from './convolutionShapes.js';
import { withRows } from './wasmHeap.js';

/**
 * The gradients of convolutions, composed of forward convolutions, matrix products and transpositions: the operations
 * that the wasm backend runs through its optimized microkernels. All tensors are NHWC. Convolutions are not dilated:
 * tfjs refuses the gradient of one that is.
 */

/** The padding, as the operations take it: a mode, a margin, or explicit margins of height and width. */
export type Padding = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;

interface Geometry {
  readonly outHeight: number;
  readonly outWidth: number;
  readonly top: number;
  readonly left: number;
}

/** dL/dfilter of `conv2d(x, filter, strides, pad)`: [kh, kw, in, out]. A matrix product of dy and what all taps see. */
export function conv2dFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: Padding,
): tf.Tensor4D {
  return tf.tidy(() => {
    if (isPointwise(filterShape, strides, x.shape, dy)) {
      const [inputs, gradients] = [pixelsOf(x), pixelsOf(dy)];
      const product = (first: number, count: number) =>
        withRows(inputs, first, count, (seen) =>
          withRows(gradients, first, count, (dyRows): tf.Tensor2D => tf.matMul(tf.transpose(seen), dyRows)),
        );
      return tf.reshape(sumOfBlocks(inputs.shape[0], product), filterShape) as tf.Tensor4D;
    }
    const { gradient, taps } = tapsOf(x, dy, filterShape, strides, pad);
    // By channel, since rows of whole blocks are copied faster than a pixel's few channels.
    const byChannel = new Map(
      [...new Set(taps.map(({ pixels }) => pixels))].map((pixels) => [pixels, tf.transpose(pixels)]),
    );
    const seen = (start: number, count: number): tf.Tensor2D =>
      tf.concat(
        taps.map(({ pixels, first }) => tf.slice(byChannel.get(pixels)!, [0, first + start], [-1, count])),
        0,
      );
    const product = (start: number, count: number): tf.Tensor2D =>
      withRows(gradient, start, count, (dyRows) => tf.matMul(seen(start, count), dyRows));
    return tf.reshape(sumOfBlocks(gradient.shape[0], product), filterShape) as tf.Tensor4D;
  });
}

/** dL/dx of `conv2d(x, filter, strides, pad)`: a convolution of the spread-out dy with the filter turned by 180°. */
export function conv2dInputGradient(
  inputShape: [number, number, number, number],
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: [number, number],
  pad: Padding,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [kernelHeight, kernelWidth] = filter.shape;
    const turned = tf.transpose(kernelHeight * kernelWidth === 1 ? filter : tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    return throughTurnedFilter(inputShape, dy, filter.shape, strides, pad, (spread, margins) =>
      tf.conv2d(spread, turned, 1, margins),
    );
  });
}

/**
 * dL/dfilter of `depthwiseConv2d(x, filter, strides, pad)`: [kh, kw, channels, multiplier]. One product and sum for
 * each tap.
 */
export function depthwiseFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: Padding,
): tf.Tensor4D {
  const [samples] = x.shape;
  // A few samples at a time: what is made on the way stays in the cache, and is small.
  const together = Math.max(1, Math.floor((samples * depthwisePixels) / x.size));
  if (together < samples) {
    const firsts = Array.from({ length: Math.ceil(samples / together) }, (_, index) => index * together);
    const ofSome = (first: number) => {
      const count = Math.min(together, samples - first);
      return withSamples(x, first, count, (seen) =>
        withSamples(dy, first, count, (above) => depthwiseFilterGradient(seen, above, filterShape, strides, pad)),
      );
    };
    return tf.tidy(() => tf.addN(firsts.map(ofSome)));
  }
  return tf.tidy(() => {
    const [, , channels, multiplier] = filterShape;
    const {
      gradient,
      taps,
      layout: [batch, height, width],
    } = tapsOf(x, dy, filterShape, strides, pad);
    const byChannel = multiplier === 1 ? gradient : tf.reshape(gradient, [-1, channels, multiplier]);
    const sums = taps.map(({ pixels, first }) =>
      tf.tidy(() => {
        const products = withRows(pixels, first, gradient.shape[0], (seen) =>
          tf.mul(multiplier === 1 ? seen : tf.reshape(seen, [-1, channels, 1]), byChannel),
        );
        return channelSums(tf.reshape(products, [batch, height, width, channels * multiplier]));
      }),
    );
    return tf.reshape(tf.stack(sums), filterShape) as tf.Tensor4D;
  });
}

/** Numbers of x that the gradient of a depthwise filter takes at a time. */
const depthwisePixels = 2 ** 21;

/** dL/dx of `depthwiseConv2d(x, filter, strides, pad)`. */
export function depthwiseInputGradient(
  inputShape: [number, number, number, number],
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: [number, number],
  pad: Padding,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [, , channels, multiplier] = filter.shape;
    // Each of the `multiplier` outputs of a channel sends its own gradient back.
    const [batch, outHeight, outWidth] = dy.shape;
    const perMultiplier = tf.reshape(dy, [batch, outHeight, outWidth, channels, multiplier]);
    const gradients = Array.from({ length: multiplier }, (_, index) =>
      tf.tidy(() => {
        const own = tf.slice(perMultiplier, [0, 0, 0, 0, index], [-1, -1, -1, -1, 1]);
        const part = multiplier === 1 ? dy : (tf.reshape(own, [batch, outHeight, outWidth, channels]) as tf.Tensor4D);
        const turned = tf.reverse(tf.slice(filter, [0, 0, 0, index], [-1, -1, -1, 1]), [0, 1]);
        return throughTurnedFilter(inputShape, part, filter.shape, strides, pad, (spread, margins) =>
          tf.depthwiseConv2d(spread, turned, 1, margins),
        );
      }),
    );
    return gradients.length === 1 ? gradients[0]! : tf.addN(gradients);
  });
}

interface Taps {
  /** dy as rows of channels, one for each pixel, perhaps with zeros. */
  readonly gradient: tf.Tensor2D;
  /** The batch, height and width that its rows make. */
  readonly layout: readonly [number, number, number];
  /** Row by row of the filter, what each tap meets at the gradient's rows: the rows of `pixels` from `first` on. */
  readonly taps: readonly { readonly pixels: tf.Tensor2D; readonly first: number }[];
}

/**
 * The pixels that each tap of a filter meets. Without strides they follow each other in memory once dy is as wide as
 * the padded x, zeros in the columns that it lacks: a tap is then a run of rows, copied at once.
 */
function tapsOf(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: Padding,
): Taps {
  const [kernelHeight, kernelWidth] = filterShape;
  const [batch, outHeight, outWidth] = dy.shape;
  const places = Array.from(
    { length: kernelHeight * kernelWidth },
    (_, tap) => [Math.floor(tap / kernelWidth), tap % kernelWidth] as const,
  );
  const padded = withMargins(x, filterShape, strides, pad);
  const [, height, width] = padded.shape;
  if (strides[0] * strides[1] > 1) {
    const taps = places.map(([row, column]) => ({
      pixels: tf.tidy(() => pixelsOf(everyNth(padded, row, column, strides, outHeight, outWidth))),
      first: 0,
    }));
    return { gradient: pixelsOf(dy), layout: [batch, outHeight, outWidth], taps };
  }
  // The last taps reach past the end, where dy's rows are zero: whatever follows does, as long as it is finite.
  const beyond = (height - outHeight) * width + (width - outWidth);
  const pixels =
    beyond === 0
      ? pixelsOf(padded)
      : tf.pad(pixelsOf(padded), [
          [0, beyond],
          [0, 0],
        ]);
  return {
    gradient: pixelsOf(
      tf.pad(dy, [
        [0, 0],
        [0, height - outHeight],
        [0, width - outWidth],
        [0, 0],
      ]),
    ),
    layout: [batch, height, width],
    taps: places.map(([row, column]) => ({ pixels, first: row * width + column })),
  };
}

/** What `use` makes of `count` samples from `first` on. */
function withSamples<T extends tf.TensorContainer>(
  x: tf.Tensor4D,
  first: number,
  count: number,
  use: (samples: tf.Tensor4D) => T,
): T {
  const [samples, height, width, channels] = x.shape;
  return withRows(tf.reshape(x, [samples, -1]), first, count, (rows) =>
    use(tf.reshape(rows, [count, height, width, channels])),
  );
}

/** Rows that a product takes at a time: as many as stay in a processor's cache between the passes over them. */
const blockRows = 384;

/** The sum of a product over all rows, some at a time where they are many. */
function sumOfBlocks(rows: number, product: (first: number, count: number) => tf.Tensor2D): tf.Tensor2D {
  if (rows <= 4 * blockRows) return tf.tidy(() => product(0, rows));
  let sum: tf.Tensor2D | undefined;
  for (let first = 0; first < rows; first += blockRows) {
    const before = sum;
    const count = Math.min(blockRows, rows - first);
    sum = tf.tidy((): tf.Tensor2D => (before ? tf.add(before, product(first, count)) : product(first, count)));
    before?.dispose();
  }
  return sum!;
}

/** Where the windows of a convolution lie. */
function geometry(
  inputShape: [number, number, number, number],
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: Padding,
): Geometry {
  const { outHeight, outWidth, padInfo } = tf.backend_util.computeConv2DInfo(
    inputShape,
    [filterShape[0], filterShape[1], filterShape[2], 1],
    strides,
    1,
    pad,
    undefined,
    true,
  );
  return { outHeight, outWidth, top: padInfo.top, left: padInfo.left };
}

/** x with the zeros around it that every window of the convolution reads, and nothing that no window reads. */
function withMargins(
  x: tf.Tensor4D,
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: Padding,
): tf.Tensor4D {
  const { outHeight, outWidth, top, left } = geometry(x.shape, filterShape, strides, pad);
  const height = (outHeight - 1) * strides[0] + filterShape[0];
  const width = (outWidth - 1) * strides[1] + filterShape[1];
  const bottom = height - top - x.shape[1];
  const right = width - left - x.shape[2];
  const [, rows, columns] = x.shape;
  const inside =
    bottom < 0 || right < 0
      ? tf.slice(x, [0, 0, 0, 0], [-1, Math.min(rows, height - top), Math.min(columns, width - left), -1])
      : x;
  if (top === 0 && left === 0 && bottom <= 0 && right <= 0) return inside;
  return tf.pad(inside, [
    [0, 0],
    [top, Math.max(0, bottom)],
    [left, Math.max(0, right)],
    [0, 0],
  ]);
}

/** The pixels (row + i·strideHeight, column + j·strideWidth), without the backend's slow strided slice. */
function everyNth(
  x: tf.Tensor4D,
  row: number,
  column: number,
  [strideHeight, strideWidth]: [number, number],
  outHeight: number,
  outWidth: number,
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const spanHeight = outHeight * strideHeight;
  const spanWidth = outWidth * strideWidth;
  const available = tf.slice(
    x,
    [0, row, column, 0],
    [batch, Math.min(spanHeight, height - row), Math.min(spanWidth, width - column), channels],
  );
  const [, seenHeight, seenWidth] = available.shape;
  const whole = tf.pad(available, [
    [0, 0],
    [0, spanHeight - seenHeight],
    [0, spanWidth - seenWidth],
    [0, 0],
  ]);
  const cells = tf.reshape(whole, [batch * outHeight, strideHeight, outWidth, strideWidth * channels]);
  return tf.reshape(tf.slice(cells, [0, 0, 0, 0], [-1, 1, -1, channels]), [
    batch,
    outHeight,
    outWidth,
    channels,
  ]) as tf.Tensor4D;
}

/** Puts stride − 1 zeros between the pixels of `x`. */
function spreadOut(x: tf.Tensor4D, [strideHeight, strideWidth]: [number, number]): tf.Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const cells = tf.reshape(x, [batch * height, 1, width, channels]);
  const wide = tf.pad(cells, [
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
    [0, (strideWidth - 1) * channels],
  ]);
  const spread = tf.reshape(wide, [batch, height * strideHeight, width * strideWidth, channels]);
  const kept: [number, number, number, number] = [
    batch,
    (height - 1) * strideHeight + 1,
    (width - 1) * strideWidth + 1,
    channels,
  ];
  return tf.slice(spread, [0, 0, 0, 0], kept) as tf.Tensor4D;
}

/** The common part of both input gradients: spread dy out, set the margins, convolve, and cut or pad to the input. */
function throughTurnedFilter(
  inputShape: [number, number, number, number],
  dy: tf.Tensor4D,
  filterShape: [number, number, number, number],
  strides: [number, number],
  pad: Padding,
  convolve: (spread: tf.Tensor4D, margins: tf.backend_util.ExplicitPadding) => tf.Tensor4D,
): tf.Tensor4D {
  const [, height, width] = inputShape;
  const { top, left } = geometry(inputShape, filterShape, strides, pad);
  const spread = spreadOut(dy, strides);
  const reachHeight = filterShape[0] - 1;
  const reachWidth = filterShape[1] - 1;
  // Input row r receives from spread rows r + top − reach … r + top.
  const before = [reachHeight - top, reachWidth - left] as const;
  const after = [height - spread.shape[1] + top, width - spread.shape[2] + left] as const;
  const margins: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [Math.max(0, before[0]), Math.max(0, after[0])],
    [Math.max(0, before[1]), Math.max(0, after[1])],
    [0, 0],
  ];
  const whole = convolve(spread, margins);
  const offset = [Math.max(0, -before[0]), Math.max(0, -before[1])] as const;
  if (whole.shape[1] === height && whole.shape[2] === width) return whole;
  return tf.slice(whole, [0, offset[0], offset[1], 0], [-1, height, width, -1]);
}
