import * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';

/** Numbers that a first convolution's weights were trained on, made of an image in [0, 1]. */
export type InputConvention =
  /** [low, high] for every channel: [−1, 1] is Keras's 'tf'. */
  | readonly [low: number, high: number]
  /** Each channel less ImageNet's mean, by its standard deviation. */
  | 'torch'
  /** 0 to 255, channels from blue to red, less their mean in ImageNet. */
  | 'caffe';

/** Means and standard deviations of red, green and blue in [0, 1], and the means in 0 to 255 that Caffe subtracts. */
export const imageNet = {
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
  caffeMean: [123.68, 116.779, 103.939],
} as const;

/**
 * @throws SpineError `invalid-argument` if a convention for colours is to be applied to images of other than 3
 * channels.
 */
export function checkChannels(convention: InputConvention, channels: number): void {
  if (typeof convention !== 'string' || channels === 3) return;
  throw new SpineError(
    'invalid-argument',
    `The images have ${channels} channels, but this backbone normalizes red, green and blue by their own means. Use 3 channels, or give inputRange, such as [0, 1].`,
  );
}

/** Maps images in [0, 1] to what the weights expect, by layers of tfjs's own that have no weights. */
export function applyConvention(images: tfl.SymbolicTensor, convention: InputConvention): tfl.SymbolicTensor {
  if (typeof convention !== 'string') {
    const [low, high] = convention;
    return low === 0 && high === 1 ? images : rescale(images, high - low, low);
  }
  if (convention === 'torch') {
    const { mean, deviation } = imageNet;
    return rescale(
      images,
      deviation.map((value) => 1 / value),
      mean.map((value, channel) => -value / deviation[channel]!),
    );
  }
  return blueFirst(
    rescale(
      images,
      255,
      imageNet.caffeMean.map((value) => -value),
    ),
  );
}

/** Keras's Rescaling takes one number or one a channel, and so does that of tfjs, whose types only know the first. */
function rescale(images: tfl.SymbolicTensor, scale: number | number[], offset: number | number[]): tfl.SymbolicTensor {
  return tfl.layers
    .rescaling({ name: 'input_range', scale: scale as number, offset: offset as number })
    .apply(images) as tfl.SymbolicTensor;
}

/** tfjs has no layer that reverses channels; it has one that crops, of which 'channelsFirst' crops the last axis. */
function blueFirst(images: tfl.SymbolicTensor): tfl.SymbolicTensor {
  const channel = (name: string, index: number) =>
    tfl.layers
      .cropping2D({
        name,
        cropping: [
          [0, 0],
          [index, 2 - index],
        ],
        dataFormat: 'channelsFirst',
      })
      .apply(images) as tfl.SymbolicTensor;
  const [red, green, blue] = [channel('input_red', 0), channel('input_green', 1), channel('input_blue', 2)];
  return tfl.layers.concatenate({ name: 'input_blue_first', axis: -1 }).apply([blue, green, red]) as tfl.SymbolicTensor;
}
