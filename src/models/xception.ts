import type * as tfl from '@tensorflow/tfjs-layers';
import { assemble } from './assemble.js';
import type { Backbone, Construction } from './backbone.js';
import { layerKit } from './layerKit.js';
import type { BuildBackboneOptions } from './options.js';

type Tensor = tfl.SymbolicTensor;

/** Xception: separable convolutions under shortcuts (Chollet, 2017). Keras asks for images of 71×71. */
export const xception: Backbone = {
  name: 'xception',
  variants: ['keras'],
  convention: [-1, 1],
  blocks: 14,
  // Two unpadded 3×3 convolutions, the first with stride 2, then halvings that keep at least one pixel.
  smallestSide: 7,
  features,
};

/**
 * Xception (Chollet, 2017) with the architecture and layer names of Keras Applications, and a classification head
 * (paper, Fig. 2 and step 6). Without its head, at width 1 with 14 blocks, it has 20,861,480 parameters in 234 weight
 * tensors. Keras leaves the four shortcut convolutions unnamed; they are `conv2d_1` … `conv2d_4` here, with
 * `batch_normalization_1` … `_4`.
 *
 * Input: [n, height, width, channels] in [0, 1], sides of 7 pixels or more (Keras asks for 71). Output: class
 * probabilities [n, k], or the last block's feature maps when `head` is false. Class names and the input convention are
 * kept in the model's user-defined metadata.
 *
 * @throws SpineError `invalid-argument` for an option out of range.
 */
export function buildXception(options: BuildBackboneOptions): tfl.LayersModel {
  return assemble(xception, options, 'buildXception');
}

function features(images: Tensor, { random, width, endBlock }: Construction): Tensor {
  const kit = layerKit({ random, width });
  const { convolution, batchNorm, relu } = kit;
  const add = (x: Tensor, residual: Tensor) => kit.add(x, kit.numbered('add'), residual);
  const maxPool = (x: Tensor, name: string) => kit.maxPool(x, name, { size: 3, strides: 2, padding: 'same' });
  const separable = (x: Tensor, filters: number, name: string) =>
    batchNorm(kit.separable(x, name, filters, 3), `${name}_bn`);
  const shortcut = (x: Tensor, filters: number) =>
    batchNorm(convolution(x, kit.numbered('conv2d'), filters, 1, { strides: 2 }), kit.numbered('batch_normalization'));

  // Entry flow.
  let x = convolution(images, 'block1_conv1', 32, 3, { strides: 2, padding: 'valid' });
  x = relu(batchNorm(x, 'block1_conv1_bn'), 'block1_conv1_act');
  x = convolution(x, 'block1_conv2', 64, 3, { padding: 'valid' });
  x = relu(batchNorm(x, 'block1_conv2_bn'), 'block1_conv2_act');

  for (const [block, filters] of [
    [2, 128],
    [3, 256],
    [4, 728],
  ] as const) {
    if (block > endBlock) return x;
    const residual = shortcut(x, filters);
    // Block 2 follows an activation already.
    if (block > 2) x = relu(x, `block${block}_sepconv1_act`);
    x = separable(x, filters, `block${block}_sepconv1`);
    x = relu(x, `block${block}_sepconv2_act`);
    x = separable(x, filters, `block${block}_sepconv2`);
    x = add(maxPool(x, `block${block}_pool`), residual);
  }

  // Middle flow.
  for (let block = 5; block <= 12; block++) {
    if (block > endBlock) return x;
    const residual = x;
    for (const step of [1, 2, 3]) {
      x = relu(x, `block${block}_sepconv${step}_act`);
      x = separable(x, 728, `block${block}_sepconv${step}`);
    }
    x = add(x, residual);
  }

  // Exit flow.
  if (endBlock < 13) return x;
  const residual = shortcut(x, 1024);
  x = relu(x, 'block13_sepconv1_act');
  x = separable(x, 728, 'block13_sepconv1');
  x = relu(x, 'block13_sepconv2_act');
  x = separable(x, 1024, 'block13_sepconv2');
  x = add(maxPool(x, 'block13_pool'), residual);

  if (endBlock < 14) return x;
  x = relu(separable(x, 1536, 'block14_sepconv1'), 'block14_sepconv1_act');
  return relu(separable(x, 2048, 'block14_sepconv2'), 'block14_sepconv2_act');
}
