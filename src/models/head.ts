import * as tfl from '@tensorflow/tfjs-layers';
import { quoted } from '../arguments.js';
import { listOf, oneOf, optionsOf, wholeNumber } from '../options.js';
import type { Random } from '../random.js';

/**
 * The layers on top of a backbone: pooling, dense and dropout layers, softmax (paper, Fig. 2; sizes not given there).
 */
export interface HeadOptions {
  /** How each feature map becomes one number; default 'average'. */
  readonly pooling?: 'average' | 'max';
  /** Units of the hidden dense layers with ReLU, in order; default [128]. Empty: a linear classifier. */
  readonly dense?: readonly number[];
  /** Fraction of units that each training step drops, before the last layer and after each dense one; default 0.5. */
  readonly dropout?: number;
}

/** The defaults of {@link HeadOptions}: the head of the paper’s Fig. 2. */
export const headDefaults = { pooling: 'average', dense: [128], dropout: 0.5 } as const satisfies HeadOptions;

export const headOptions = optionsOf<HeadOptions, typeof headDefaults>(
  'head',
  {
    pooling: oneOf('average', 'max'),
    dense: {
      ...listOf(wholeNumber(1)),
      expects: 'a list of positive whole numbers of units',
      advice: (given) => (typeof given === 'number' ? `Give a list: dense: [${quoted(given)}].` : undefined),
    },
    dropout: {
      expects: 'a number of at least 0 and below 1',
      accepts: (given) => typeof given === 'number' && given >= 0 && given < 1,
    },
  },
  headDefaults,
);

/** Adds a head to feature maps [n, h, w, c]: probabilities [n, classes]. */
export function addHead(
  features: tfl.SymbolicTensor,
  classes: number,
  random: Random,
  { pooling, dense, dropout }: Required<HeadOptions>,
): tfl.SymbolicTensor {
  const { layers, initializers } = tfl;
  const apply = (layer: tfl.layers.Layer, input: tfl.SymbolicTensor) => layer.apply(input) as tfl.SymbolicTensor;
  const seeded = (name: string) => initializers.glorotUniform({ seed: random.fork(name).integer(0, 0x7fffffff) });

  let x =
    pooling === 'max'
      ? apply(layers.globalMaxPooling2d({ name: 'max_pool' }), features)
      : apply(layers.globalAveragePooling2d({ name: 'avg_pool' }), features);
  const drop = (name: string) => {
    if (dropout > 0) x = apply(layers.dropout({ name, rate: dropout }), x);
  };
  dense.forEach((units, index) => {
    const name = `head_dense_${index + 1}`;
    x = apply(layers.dense({ name, units, activation: 'relu', kernelInitializer: seeded(name) }), x);
    drop(`head_dropout_${index + 1}`);
  });
  if (dense.length === 0) drop('head_dropout_1');
  return apply(
    layers.dense({
      name: 'predictions',
      units: classes,
      activation: 'softmax',
      kernelInitializer: seeded('predictions'),
    }),
    x,
  );
}
