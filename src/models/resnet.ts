import type * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './architecture.js';
import { layerKit } from './layerKit.js';

type Tensor = tfl.SymbolicTensor;

/**
 * ResNet with 101 layers (He et al., 2015): bottlenecks under shortcuts, in stages. Keras halves the picture in a
 * stage's first 1×1 convolution, torchvision in its 3×3. A block is a stage, the first being the convolution before.
 */
export const resnet101: Backbone = {
  name: 'resnet101',
  variants: ['keras', 'torch'],
  convention: { keras: 'caffe', torch: 'torch' },
  blocks: 5,
  smallestSide: 32,
  features: (images, construction) =>
    (construction.variant === 'torch' ? torchFeatures : kerasFeatures)(images, construction),
};

/** Filters within a bottleneck, which gives four times as many, and the number of bottlenecks, by stage. */
const stages = [
  { filters: 64, bottlenecks: 3, strides: 1 },
  { filters: 128, bottlenecks: 4, strides: 2 },
  { filters: 256, bottlenecks: 23, strides: 2 },
  { filters: 512, bottlenecks: 3, strides: 2 },
] as const;

function kerasFeatures(images: Tensor, { random, width, endBlock }: Construction): Tensor {
  const kit = layerKit({ random, width, epsilon: 1.001e-5 });
  const { convolution, batchNorm, relu } = kit;
  const normalized = (x: Tensor, name: string, filters: number, size: number, strides = 1) =>
    batchNorm(convolution(x, `${name}_conv`, filters, size, { strides, bias: true }), `${name}_bn`);
  const bottleneck = (x: Tensor, name: string, filters: number, strides: number, first: boolean) => {
    const shortcut = first ? normalized(x, `${name}_0`, 4 * filters, 1, strides) : x;
    let y = relu(normalized(x, `${name}_1`, filters, 1, strides), `${name}_1_relu`);
    y = relu(normalized(y, `${name}_2`, filters, 3), `${name}_2_relu`);
    y = normalized(y, `${name}_3`, 4 * filters, 1);
    return relu(kit.add(shortcut, `${name}_add`, y), `${name}_out`);
  };

  let x = convolution(kit.pad(images, 'conv1_pad', 3), 'conv1_conv', 64, 7, {
    strides: 2,
    padding: 'valid',
    bias: true,
  });
  x = relu(batchNorm(x, 'conv1_bn'), 'conv1_relu');
  // Zeros do for what is not there: a rectified picture has nothing below.
  x = kit.maxPool(kit.pad(x, 'pool1_pad', 1), 'pool1_pool', { size: 3, strides: 2 });
  return stack(x, endBlock, (y, stage, index, filters, strides) =>
    bottleneck(y, `conv${stage}_block${index + 1}`, filters, strides, index === 0),
  );
}

function torchFeatures(images: Tensor, { random, width, endBlock }: Construction): Tensor {
  const kit = layerKit({ random, width, epsilon: 1e-5, momentum: 0.9 });
  const { convolution, batchNorm, relu } = kit;
  const bottleneck = (x: Tensor, name: string, filters: number, strides: number, first: boolean) => {
    const shortcut = first
      ? batchNorm(convolution(x, `${name}.downsample.0`, 4 * filters, 1, { strides }), `${name}.downsample.1`)
      : x;
    let y = relu(batchNorm(convolution(x, `${name}.conv1`, filters, 1), `${name}.bn1`), `${name}.relu1`);
    y = convolution(y, `${name}.conv2`, filters, 3, { strides, padding: 1 });
    y = relu(batchNorm(y, `${name}.bn2`), `${name}.relu2`);
    y = batchNorm(convolution(y, `${name}.conv3`, 4 * filters, 1), `${name}.bn3`);
    return relu(kit.add(shortcut, `${name}.add`, y), name);
  };

  let x = convolution(images, 'conv1', 64, 7, { strides: 2, padding: 3 });
  x = relu(batchNorm(x, 'bn1'), 'relu');
  x = kit.maxPool(kit.pad(x, 'maxpool_pad', 1), 'maxpool', { size: 3, strides: 2 });
  return stack(x, endBlock, (y, stage, index, filters, strides) =>
    bottleneck(y, `layer${stage - 1}.${index}`, filters, strides, index === 0),
  );
}

/** The stages as the paper's Table 1 counts them: conv2 to conv5. Only the first bottleneck of one strides. */
function stack(
  images: Tensor,
  endBlock: number,
  bottleneck: (x: Tensor, stage: number, index: number, filters: number, strides: number) => Tensor,
): Tensor {
  let x = images;
  for (const [position, { filters, bottlenecks, strides }] of stages.entries()) {
    const stage = position + 2;
    if (stage > endBlock) return x;
    for (let index = 0; index < bottlenecks; index++)
      x = bottleneck(x, stage, index, filters, index === 0 ? strides : 1);
  }
  return x;
}
