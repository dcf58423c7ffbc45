import * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, Construction } from './architecture.js';
import { halving, inceptionKit, type Step } from './inceptionKit.js';

type Tensor = tfl.SymbolicTensor;
type Block = (x: Tensor) => Tensor;

/**
 * Inception-ResNet-v2 (Szegedy et al., 2016): Inception modules whose output is scaled down and added to their input.
 * Every module is a block: 1 the stem and mixed_5b, 2 to 11 block35_1 to _10, 12 mixed_6a, 13 to 32 block17_1 to _20,
 * 33 mixed_7a, 34 to 43 block8_1 to _10, 44 conv_7b.
 *
 * Keras scales and adds in a layer of its own, custom_scale_layer. Here a rescaling (`block35_1_scale`) and a sum that
 * has Keras's name do, so that plain tfjs loads the model; neither has weights.
 */
export const inceptionResNetV2: Backbone = {
  name: 'inceptionResNetV2',
  variants: ['keras'],
  convention: [-1, 1],
  blocks: 44,
  smallestSide: 75,
  features,
};

function features(images: Tensor, construction: Construction): Tensor {
  const kit = inceptionKit(construction);
  const { chain, concatenate, halvingPool, relu } = kit;

  /** x + scale · module(x); the module's last convolution brings it to the channels of x. */
  const residual =
    (name: string, scale: number, branches: readonly (readonly Step[])[]): Block =>
    (x) => {
      const mixed = concatenate(
        branches.map((steps) => chain(x, steps)),
        `${name}_mixed`,
      );
      const up = kit.convolution(mixed, `${name}_conv`, x.shape.at(-1)!, 1, { bias: true, scaled: false });
      const scaled = kit.apply(tfl.layers.rescaling({ name: `${name}_scale`, scale }), up);
      return kit.add(x, kit.numbered('custom_scale_layer'), scaled);
    };
  const activated =
    (name: string, block: Block): Block =>
    (x) =>
      relu(block(x), `${name}_ac`);
  const reduction =
    (name: string, branches: readonly (readonly Step[])[]): Block =>
    (x) =>
      concatenate([...branches.map((steps) => chain(x, steps)), halvingPool(x)], name);

  const block35 = (name: string) =>
    activated(
      name,
      residual(name, 0.17, [
        [[32, 1]],
        [
          [32, 1],
          [32, 3],
        ],
        [
          [32, 1],
          [48, 3],
          [64, 3],
        ],
      ]),
    );
  const block17 = (name: string) =>
    activated(
      name,
      residual(name, 0.1, [
        [[192, 1]],
        [
          [128, 1],
          [160, [1, 7]],
          [192, [7, 1]],
        ],
      ]),
    );
  const block8 = (name: string, scale = 0.2) =>
    residual(name, scale, [
      [[192, 1]],
      [
        [192, 1],
        [224, [1, 3]],
        [256, [3, 1]],
      ],
    ]);

  const blocks: readonly Block[] = [
    (x) => kit.firstModule(kit.stem(x), 'mixed_5b', 96, 64),
    ...repeated('block35', 10, block35),
    reduction('mixed_6a', [
      [[384, 3, halving]],
      [
        [256, 1],
        [256, 3],
        [384, 3, halving],
      ],
    ]),
    ...repeated('block17', 20, block17),
    reduction('mixed_7a', [
      [
        [256, 1],
        [384, 3, halving],
      ],
      [
        [256, 1],
        [288, 3, halving],
      ],
      [
        [256, 1],
        [288, 3],
        [320, 3, halving],
      ],
    ]),
    ...repeated('block8', 9, (name) => activated(name, block8(name))),
    // The last one is neither scaled down nor followed by an activation.
    block8('block8_10', 1),
    (x) => relu(kit.batchNorm(kit.convolution(x, 'conv_7b', 1536, 1), 'conv_7b_bn'), 'conv_7b_ac'),
  ];
  return blocks.slice(0, construction.endBlock).reduce((x, block) => block(x), images);
}

function repeated(kind: string, times: number, block: (name: string) => Block): Block[] {
  return Array.from({ length: times }, (_, index) => block(`${kind}_${index + 1}`));
}
