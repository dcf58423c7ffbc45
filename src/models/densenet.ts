import type * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './backbone.js';
import { layerKit } from './layerKit.js';

type Tensor = tfl.SymbolicTensor;

/** DenseNet with 169 layers (Huang et al., 2016). */
export const densenet169 = densenet('densenet169', [6, 12, 32, 32]);

/** DenseNet with 201 layers. */
export const densenet201 = densenet('densenet201', [6, 12, 48, 32]);

/** Filters that each layer of a dense block adds to what it was given. */
const growth = 32;

/**
 * Dense blocks, in which each layer sees all before it, with a transition between two that halves channels and picture.
 * Keras and torchvision differ in names, in how batch normalizations round, and nowhere else. A network cut by
 * `endBlock` ends with what the dense block has put together.
 */
/* @__NO_SIDE_EFFECTS__ */
function densenet(name: string, layers: readonly [number, number, number, number]): Backbone {
  return {
    name,
    variants: ['keras', 'torch'],
    convention: 'torch',
    blocks: layers.length,
    smallestSide: 32,
    features: (images, construction) => features(images, layers, construction),
  };
}

/** What either calls the parts of a network. */
interface Names {
  readonly stem: {
    readonly convolution: string;
    readonly pad: string;
    readonly norm: string;
    readonly relu: string;
    readonly poolPad: string;
    readonly pool: string;
  };
  readonly layer: (
    block: number,
    index: number,
  ) => Readonly<Record<'norm1' | 'relu1' | 'conv1' | 'norm2' | 'relu2' | 'conv2' | 'concatenate', string>>;
  readonly transition: (block: number) => Readonly<Record<'norm' | 'relu' | 'conv' | 'pool', string>>;
  readonly end: { readonly norm: string; readonly relu: string };
}

const kerasNames: Names = {
  stem: {
    pad: 'zero_padding2d_1',
    convolution: 'conv1_conv',
    norm: 'conv1_bn',
    relu: 'conv1_relu',
    poolPad: 'zero_padding2d_2',
    pool: 'pool1',
  },
  // Keras counts the first convolution as block 1.
  layer: (block, index) => {
    const name = `conv${block + 1}_block${index + 1}`;
    return {
      norm1: `${name}_0_bn`,
      relu1: `${name}_0_relu`,
      conv1: `${name}_1_conv`,
      norm2: `${name}_1_bn`,
      relu2: `${name}_1_relu`,
      conv2: `${name}_2_conv`,
      concatenate: `${name}_concat`,
    };
  },
  transition: (block) => ({
    norm: `pool${block + 1}_bn`,
    relu: `pool${block + 1}_relu`,
    conv: `pool${block + 1}_conv`,
    pool: `pool${block + 1}_pool`,
  }),
  end: { norm: 'bn', relu: 'relu' },
};

const torchNames: Names = {
  stem: {
    pad: 'features.pad0',
    convolution: 'features.conv0',
    norm: 'features.norm0',
    relu: 'features.relu0',
    poolPad: 'features.pool0_pad',
    pool: 'features.pool0',
  },
  layer: (block, index) => {
    const name = `features.denseblock${block}.denselayer${index + 1}`;
    return {
      norm1: `${name}.norm1`,
      relu1: `${name}.relu1`,
      conv1: `${name}.conv1`,
      norm2: `${name}.norm2`,
      relu2: `${name}.relu2`,
      conv2: `${name}.conv2`,
      concatenate: name,
    };
  },
  transition: (block) => {
    const name = `features.transition${block}`;
    return { norm: `${name}.norm`, relu: `${name}.relu`, conv: `${name}.conv`, pool: `${name}.pool` };
  },
  end: { norm: 'features.norm5', relu: 'features.relu5' },
};

function features(
  images: Tensor,
  layers: readonly number[],
  { random, width, endBlock, variant }: Construction,
): Tensor {
  const isTorch = variant === 'torch';
  const kit = layerKit({ random, width, ...(isTorch ? { epsilon: 1e-5, momentum: 0.9 } : { epsilon: 1.001e-5 }) });
  const { convolution, batchNorm, relu } = kit;
  const { stem, layer, transition, end } = isTorch ? torchNames : kerasNames;

  let x = convolution(kit.pad(images, stem.pad, 3), stem.convolution, 64, 7, { strides: 2, padding: 'valid' });
  x = relu(batchNorm(x, stem.norm), stem.relu);
  x = kit.maxPool(kit.pad(x, stem.poolPad, 1), stem.pool, { size: 3, strides: 2 });

  for (let block = 1; block <= endBlock; block++) {
    if (block > 1) {
      const names = transition(block - 1);
      const halved = Math.floor(x.shape[3]! / 2);
      x = convolution(relu(batchNorm(x, names.norm), names.relu), names.conv, halved, 1, { scaled: false });
      x = kit.averagePool(x, names.pool, { size: 2, strides: 2 });
    }
    for (let index = 0; index < layers[block - 1]!; index++) {
      const names = layer(block, index);
      let y = convolution(relu(batchNorm(x, names.norm1), names.relu1), names.conv1, 4 * growth, 1);
      y = convolution(relu(batchNorm(y, names.norm2), names.relu2), names.conv2, growth, 3);
      x = kit.concatenate([x, y], names.concatenate);
    }
  }
  return endBlock < layers.length ? x : relu(batchNorm(x, end.norm), end.relu);
}
