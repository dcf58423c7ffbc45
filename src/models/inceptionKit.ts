import type * as tfl from '@tensorflow/tfjs-layers';
import type { Construction } from './backbone.js';
import { layerKit, type ConvolutionOptions } from './layerKit.js';

type Tensor = tfl.SymbolicTensor;

/**
 * A convolution in a branch: filters, [height, width] or side of its kernel, and what differs from stride 1, padding
 * 'same'.
 */
export type Step = readonly [
  filters: number,
  size: number | [height: number, width: number],
  options?: Pick<ConvolutionOptions, 'strides' | 'padding'>,
];

/** Options of a convolution or a pooling that halves the feature maps, with no padding. */
export const halving = { strides: 2, padding: 'valid' } as const;

/**
 * What Inception-v3 and Inception-ResNet-v2 are both made of. Every convolution has a batch normalization (in Keras
 * without gamma) and a ReLU. Keras numbers these layers as they are created; torchvision names them after their
 * module, so a `torchName` is needed in a torch variant only.
 */
export function inceptionKit({ random, width, variant }: Construction) {
  const torch = variant === 'torch';
  const kit = layerKit({ random, width, scale: torch, momentum: torch ? 0.9 : 0.99 });
  const named = (kerasKind: string, torchName: string) => (torch ? torchName : kit.numbered(kerasKind));

  const convolution = (x: Tensor, [filters, size, options]: Step, torchName = ''): Tensor => {
    const convolved = kit.convolution(x, named('conv2d', `${torchName}.conv`), filters, size, options);
    const normalized = kit.batchNorm(convolved, named('batch_normalization', `${torchName}.bn`));
    return kit.relu(normalized, named('activation', `${torchName}.relu`));
  };

  /** Convolutions in a row, which torchvision counts unless there is one only. */
  const chain = (x: Tensor, steps: readonly Step[], torchName = ''): Tensor =>
    steps.reduce(
      (input, step, index) => convolution(input, step, steps.length === 1 ? torchName : `${torchName}_${index + 1}`),
      x,
    );

  const maxPool = (x: Tensor, torchName = ''): Tensor =>
    kit.maxPool(x, named('max_pooling2d', torchName), { size: 3, ...halving });

  /**
   * Averages of 3×3 pixels, then a 1×1 convolution. At borders Keras averages the pixels there are, torch zeros too.
   */
  const averageBranch = (x: Tensor, filters: number, torchName = ''): Tensor => {
    const input = torch ? kit.pad(x, `${torchName}.pad`, 1) : x;
    const name = named('average_pooling2d', `${torchName}.pool`);
    return convolution(
      kit.averagePool(input, name, { size: 3, strides: 1, padding: torch ? 'valid' : 'same' }),
      [filters, 1],
      torchName,
    );
  };

  /** From the image to 192 feature maps of an eighth of its side. */
  const stem = (images: Tensor): Tensor => {
    let x = convolution(images, [32, 3, halving], 'Conv2d_1a_3x3');
    x = convolution(x, [32, 3, { padding: 'valid' }], 'Conv2d_2a_3x3');
    x = convolution(x, [64, 3], 'Conv2d_2b_3x3');
    x = maxPool(x, 'maxpool1');
    x = convolution(x, [80, 1], 'Conv2d_3b_1x1');
    x = convolution(x, [192, 3, { padding: 'valid' }], 'Conv2d_4a_3x3');
    return maxPool(x, 'maxpool2');
  };

  /** The module that follows the stem in both networks; the filters of its first and last branch vary. */
  const firstModule = (x: Tensor, name: string, one: number, pooled: number): Tensor =>
    kit.concatenate(
      [
        chain(x, [[one, 1]], `${name}.branch1x1`),
        chain(
          x,
          [
            [48, 1],
            [64, 5],
          ],
          `${name}.branch5x5`,
        ),
        chain(
          x,
          [
            [64, 1],
            [96, 3],
            [96, 3],
          ],
          `${name}.branch3x3dbl`,
        ),
        averageBranch(x, pooled, `${name}.branch_pool`),
      ],
      name,
    );

  return { ...kit, named, chain, halvingPool: maxPool, averageBranch, stem, firstModule };
}
