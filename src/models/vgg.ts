import type * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './backbone.js';
import { layerKit } from './layerKit.js';

/** Filters of each block; how many convolutions a block has is what tells the two networks apart. */
const filters = [64, 128, 256, 512, 512] as const;

/** VGG with 13 convolutions (Simonyan & Zisserman, 2014). */
export const vgg16 = vgg('vgg16', [2, 2, 3, 3, 3]);

/** VGG with 16 convolutions. */
export const vgg19 = vgg('vgg19', [2, 2, 4, 4, 4]);

/** Blocks of 3×3 convolutions and a pooling; Keras and torchvision differ in names and in the input only. */
/* @__NO_SIDE_EFFECTS__ */
function vgg(name: string, convolutions: readonly number[]): Backbone {
  return {
    name,
    variants: ['keras', 'torch'],
    convention: { keras: 'caffe', torch: 'torch' },
    blocks: filters.length,
    smallestSide: 32,
    features: (images, construction) => features(images, convolutions, construction),
  };
}

function features(
  images: tfl.SymbolicTensor,
  convolutions: readonly number[],
  { random, width, endBlock, variant }: Construction,
): tfl.SymbolicTensor {
  const { convolution, maxPool } = layerKit({ random, width });
  // torchvision numbers what it puts in a row, an activation being one of them.
  let position = 0;
  const named = (kerasName: string, places: number): string => {
    const name = variant === 'torch' ? `features.${position}` : kerasName;
    position += places;
    return name;
  };

  let x = images;
  for (let block = 1; block <= endBlock; block++) {
    for (let step = 1; step <= convolutions[block - 1]!; step++) {
      x = convolution(x, named(`block${block}_conv${step}`, 2), filters[block - 1]!, 3, {
        bias: true,
        activation: 'relu',
      });
    }
    x = maxPool(x, named(`block${block}_pool`, 1), { size: 2, strides: 2 });
  }
  return x;
}
