import type * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './backbone.js';
import { layerKit } from './layerKit.js';

/**
 * AlexNet on one device (Krizhevsky, 2014), as torchvision defines it: a block is a convolution and what follows it.
 */
export const alexnet: Backbone = {
  name: 'alexnet',
  variants: ['torch'],
  convention: 'torch',
  blocks: 5,
  smallestSide: 63,
  features,
};

function features(images: tfl.SymbolicTensor, { random, width, endBlock }: Construction): tfl.SymbolicTensor {
  const kit = layerKit({ random, width });
  const convolution = (
    x: tfl.SymbolicTensor,
    name: string,
    filters: number,
    size: number,
    padding: number,
    strides = 1,
  ) => kit.convolution(x, name, filters, size, { padding, strides, bias: true, activation: 'relu' });
  const pool = (x: tfl.SymbolicTensor, name: string) => kit.maxPool(x, name, { size: 3, strides: 2 });

  let x = pool(convolution(images, 'features.0', 64, 11, 2, 4), 'features.2');
  if (endBlock < 2) return x;
  x = pool(convolution(x, 'features.3', 192, 5, 2), 'features.5');
  if (endBlock < 3) return x;
  x = convolution(x, 'features.6', 384, 3, 1);
  if (endBlock < 4) return x;
  x = convolution(x, 'features.8', 256, 3, 1);
  if (endBlock < 5) return x;
  return pool(convolution(x, 'features.10', 256, 3, 1), 'features.12');
}
