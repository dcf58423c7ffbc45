import type * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './backbone.js';
import { layerKit } from './layerKit.js';

type Tensor = tfl.SymbolicTensor;

/**
 * MobileNet (Howard et al., 2017) as Keras defines it. A block is a depthwise convolution and a pointwise one; the
 * first block begins with a full convolution. The paper's width multiplier α is `width`.
 */
export const mobilenet: Backbone = {
  name: 'mobilenet',
  variants: ['keras'],
  convention: [-1, 1],
  blocks: 13,
  // The first convolution rounds up, the four halvings after it round down.
  smallestSide: 31,
  features,
};

/** Filters and strides of each block's pointwise and depthwise convolution. */
const blocks: readonly (readonly [filters: number, strides: 1 | 2])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

function features(images: Tensor, { random, width, endBlock }: Construction): Tensor {
  const kit = layerKit({ random, width });
  const normalized = (x: Tensor, name: string) => kit.relu6(kit.batchNorm(x, `${name}_bn`), `${name}_relu`);

  let x = normalized(kit.convolution(images, 'conv1', 32, 3, { strides: 2 }), 'conv1');
  for (const [index, [filters, strides]] of blocks.slice(0, endBlock).entries()) {
    const block = index + 1;
    if (strides === 2)
      x = kit.pad(x, `conv_pad_${block}`, [
        [0, 1],
        [0, 1],
      ]);
    x = normalized(
      kit.depthwise(x, `conv_dw_${block}`, 3, { strides, padding: strides === 2 ? 'valid' : 'same' }),
      `conv_dw_${block}`,
    );
    x = normalized(kit.convolution(x, `conv_pw_${block}`, filters, 1), `conv_pw_${block}`);
  }
  return x;
}
