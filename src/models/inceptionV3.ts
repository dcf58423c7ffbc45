import type * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './backbone.js';
import { halving, inceptionKit } from './inceptionKit.js';

type Tensor = tfl.SymbolicTensor;

/**
 * Inception-v3 (Szegedy et al., 2015): modules of parallel branches, with large kernels split into rows and columns.
 * Blocks are the eleven modules, the stem being part of the first. No auxiliary classifier.
 */
export const inceptionV3: Backbone = {
  name: 'inceptionV3',
  variants: ['keras', 'torch'],
  // torchvision undoes ImageNet's normalization inside the network.
  convention: [-1, 1],
  blocks: 11,
  smallestSide: 75,
  features,
};

/** torchvision's names of the modules that Keras calls mixed0 to mixed10. */
const torchNames = [
  'Mixed_5b',
  'Mixed_5c',
  'Mixed_5d',
  'Mixed_6a',
  'Mixed_6b',
  'Mixed_6c',
  'Mixed_6d',
  'Mixed_6e',
  'Mixed_7a',
  'Mixed_7b',
  'Mixed_7c',
] as const;

function features(images: Tensor, construction: Construction): Tensor {
  const { variant, endBlock } = construction;
  const { chain, halvingPool, averageBranch, stem, firstModule, concatenate, named } = inceptionKit(construction);
  type Module = (x: Tensor, name: string) => Tensor;

  const grid35 =
    (pooled: number): Module =>
    (x, name) =>
      firstModule(x, name, 64, pooled);

  const reduceTo17: Module = (x, name) =>
    concatenate(
      [
        chain(x, [[384, 3, halving]], `${name}.branch3x3`),
        chain(
          x,
          [
            [64, 1],
            [96, 3],
            [96, 3, halving],
          ],
          `${name}.branch3x3dbl`,
        ),
        halvingPool(x, `${name}.branch_pool`),
      ],
      name,
    );

  const grid17 =
    (inner: number): Module =>
    (x, name) =>
      concatenate(
        [
          chain(x, [[192, 1]], `${name}.branch1x1`),
          chain(
            x,
            [
              [inner, 1],
              [inner, [1, 7]],
              [192, [7, 1]],
            ],
            `${name}.branch7x7`,
          ),
          chain(
            x,
            [
              [inner, 1],
              [inner, [7, 1]],
              [inner, [1, 7]],
              [inner, [7, 1]],
              [192, [1, 7]],
            ],
            `${name}.branch7x7dbl`,
          ),
          averageBranch(x, 192, `${name}.branch_pool`),
        ],
        name,
      );

  const reduceTo8: Module = (x, name) =>
    concatenate(
      [
        chain(
          x,
          [
            [192, 1],
            [320, 3, halving],
          ],
          `${name}.branch3x3`,
        ),
        chain(
          x,
          [
            [192, 1],
            [192, [1, 7]],
            [192, [7, 1]],
            [192, 3, halving],
          ],
          `${name}.branch7x7x3`,
        ),
        halvingPool(x, `${name}.branch_pool`),
      ],
      name,
    );

  /** A row and a column of three side by side, in place of a 3×3 kernel. */
  const fork = (x: Tensor, name: string, torchName: string): Tensor =>
    concatenate([chain(x, [[384, [1, 3]]], `${torchName}a`), chain(x, [[384, [3, 1]]], `${torchName}b`)], name);

  const grid8 =
    (kerasFork: string): Module =>
    (x, name) => {
      const one = chain(x, [[320, 1]], `${name}.branch1x1`);
      const three = chain(x, [[384, 1]], `${name}.branch3x3_1`);
      const threeForked = fork(three, variant === 'torch' ? `${name}.branch3x3_2` : kerasFork, `${name}.branch3x3_2`);
      const double = chain(
        x,
        [
          [448, 1],
          [384, 3],
        ],
        `${name}.branch3x3dbl`,
      );
      const doubleForked = fork(double, named('concatenate', `${name}.branch3x3dbl_3`), `${name}.branch3x3dbl_3`);
      return concatenate([one, threeForked, doubleForked, averageBranch(x, 192, `${name}.branch_pool`)], name);
    };

  const modules: readonly Module[] = [
    grid35(32),
    grid35(64),
    grid35(64),
    reduceTo17,
    grid17(128),
    grid17(160),
    grid17(160),
    grid17(192),
    reduceTo8,
    grid8('mixed9_0'),
    grid8('mixed9_1'),
  ];
  return modules
    .slice(0, endBlock)
    .reduce((x, module, index) => module(x, variant === 'torch' ? torchNames[index]! : `mixed${index}`), stem(images));
}
