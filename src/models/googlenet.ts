import type * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './backbone.js';
import { layerKit } from './layerKit.js';

type Tensor = tfl.SymbolicTensor;

/**
 * GoogLeNet (Szegedy et al., 2014) as torchvision defines it: with batch normalization, 3×3 convolutions where the
 * paper has 5×5, and no auxiliary classifiers. Blocks are the paper's stages, each after a pooling.
 */
export const googlenet: Backbone = {
  name: 'googlenet',
  variants: ['torch'],
  // torchvision undoes ImageNet's normalization inside the network.
  convention: [-1, 1],
  blocks: 5,
  smallestSide: 15,
  features,
};

/** Filters of an inception module: 1×1, 3×3 after its reduction, the second 3×3 after its, and after the pooling. */
type Module = readonly [one: number, reduce: number, three: number, reduceSecond: number, second: number, pool: number];

const stages: Readonly<Record<3 | 4 | 5, Readonly<Record<string, Module>>>> = {
  3: { inception3a: [64, 96, 128, 16, 32, 32], inception3b: [128, 128, 192, 32, 96, 64] },
  4: {
    inception4a: [192, 96, 208, 16, 48, 64],
    inception4b: [160, 112, 224, 24, 64, 64],
    inception4c: [128, 128, 256, 24, 64, 64],
    inception4d: [112, 144, 288, 32, 64, 64],
    inception4e: [256, 160, 320, 32, 128, 128],
  },
  5: { inception5a: [256, 160, 320, 32, 128, 128], inception5b: [384, 192, 384, 48, 128, 128] },
};

function features(images: Tensor, { random, width, endBlock }: Construction): Tensor {
  const kit = layerKit({ random, width, momentum: 0.9 });
  const convolution = (x: Tensor, name: string, filters: number, size: number, strides = 1) => {
    const convolved = kit.convolution(x, `${name}.conv`, filters, size, { strides, padding: (size - 1) / 2 });
    return kit.relu(kit.batchNorm(convolved, `${name}.bn`), `${name}.relu`);
  };
  // A window that sticks out at the end counts; after an activation, zeros do for what is not there.
  const pool = (x: Tensor, name: string, size: number) => {
    const beyond = (side: number) => Math.ceil((side - size) / 2) * 2 + size - side;
    const [bottom, right] = [beyond(x.shape[1]!), beyond(x.shape[2]!)];
    const input =
      bottom + right > 0
        ? kit.pad(x, `${name}.pad`, [
            [0, bottom],
            [0, right],
          ])
        : x;
    return kit.maxPool(input, name, { size, strides: 2 });
  };
  const inception = (x: Tensor, name: string, [one, reduce, three, reduceSecond, second, pooled]: Module) =>
    kit.concatenate(
      [
        convolution(x, `${name}.branch1`, one, 1),
        convolution(convolution(x, `${name}.branch2.0`, reduce, 1), `${name}.branch2.1`, three, 3),
        convolution(convolution(x, `${name}.branch3.0`, reduceSecond, 1), `${name}.branch3.1`, second, 3),
        convolution(
          kit.maxPool(x, `${name}.branch4.0`, { size: 3, strides: 1, padding: 'same' }),
          `${name}.branch4.1`,
          pooled,
          1,
        ),
      ],
      name,
    );

  let x = convolution(images, 'conv1', 64, 7, 2);
  if (endBlock < 2) return x;
  x = convolution(pool(x, 'maxpool1', 3), 'conv2', 64, 1);
  x = convolution(x, 'conv3', 192, 3);
  for (const [stage, poolName, size] of [
    [3, 'maxpool2', 3],
    [4, 'maxpool3', 3],
    [5, 'maxpool4', 2],
  ] as const) {
    if (stage > endBlock) return x;
    x = pool(x, poolName, size);
    for (const [name, module] of Object.entries(stages[stage])) x = inception(x, name, module);
  }
  return x;
}
