import * as tf from '@tensorflow/tfjs-core';

/** The attributes that tfjs passes to the gradient kernels of two-dimensional pooling. */
interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** A backend's own gradient of an average pooling, for the input `x` and the gradient `dy` of the output. */
type OwnGradient = (x: tf.Tensor4D, dy: tf.Tensor4D, attributes: PoolAttributes) => tf.Tensor4D;

/**
 * dL/dx of an average pooling, by a backend whose own gradient is right only without padding. tfjs divides what each
 * window sends back by the size of the window; but at a padded border the pooling has divided by the pixels inside the
 * image. So each window's gradient is scaled by that, and the margin is made a part of the image.
 */
function averagePoolGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  attributes: PoolAttributes,
  own: OwnGradient,
): tf.Tensor4D {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { top, bottom, left, right } = info.padInfo;
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return own(x, dy, attributes);

  const rows = pixelsInside(info.outHeight, info.strideHeight, info.filterHeight, top, info.inHeight);
  const columns = pixelsInside(info.outWidth, info.strideWidth, info.filterWidth, left, info.inWidth);
  const size = info.filterHeight * info.filterWidth;
  return tf.tidy(() => {
    const shares = Float32Array.from(rows.flatMap((height) => columns.map((width) => size / (height * width))));
    const scaled: tf.Tensor4D = tf.mul(dy, tf.tensor4d(shares, [1, info.outHeight, info.outWidth, 1]));
    const wholeHeight = Math.max((info.outHeight - 1) * info.strideHeight + info.filterHeight, top + info.inHeight);
    const wholeWidth = Math.max((info.outWidth - 1) * info.strideWidth + info.filterWidth, left + info.inWidth);
    const whole = tf.zeros<tf.Rank.R4>([info.batchSize, wholeHeight, wholeWidth, info.inChannels]);
    const gradient = own(whole, scaled, { filterSize, strides, pad: 'valid' });
    return tf.slice(gradient, [0, top, left, 0], x.shape);
  });
}

/** For each window along an axis, how many of its pixels lie inside the image. */
function pixelsInside(windows: number, stride: number, size: number, before: number, length: number): number[] {
  return Array.from({ length: windows }, (_, index) => {
    const start = index * stride - before;
    return Math.min(length, start + size) - Math.max(0, start);
  });
}

/** The kernel that corrects a backend's own gradient of average pooling. */
export function correctedAveragePool(existing: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { dy, input } = inputs as unknown as Readonly<Record<'dy' | 'input', tf.Tensor4D>>;
    const own: OwnGradient = (x, gradientAbove, attributes) => {
      const call = {
        inputs: { input: x, dy: gradientAbove },
        attrs: attributes as unknown as tf.NamedAttrMap,
        backend,
      };
      return tf.engine().makeTensorFromTensorInfo(existing(call) as tf.TensorInfo) as tf.Tensor4D;
    };
    return averagePoolGradient(input, dy, attrs as unknown as PoolAttributes, own);
  };
}
