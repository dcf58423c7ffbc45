import * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import type { Random } from '../random.js';

/** The layers on top of a backbone: pooling, dense and dropout layers, softmax (paper, Fig. 2; sizes not given there). */
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

/** @throws SpineError `invalid-argument` for a dropout or a number of units out of range. */
export function checkHead(options: HeadOptions): void {
  const { dense = headDefaults.dense, dropout = headDefaults.dropout } = options;
  if (!(dropout >= 0 && dropout < 1)) {
    throw new SpineError('invalid-argument', `head.dropout must be at least 0 and below 1, got ${dropout}.`);
  }
  if (!dense.every((units) => Number.isInteger(units) && units > 0)) {
    throw new SpineError('invalid-argument', `head.dense must list positive whole numbers of units, got [${dense.join(', ')}].`);
  }
}

/** Adds a head to feature maps [n, h, w, c]: probabilities [n, classes]. */
export function addHead(features: tfl.SymbolicTensor, classes: number, random: Random, options: HeadOptions = {}): tfl.SymbolicTensor {
  const { pooling = headDefaults.pooling, dense = headDefaults.dense, dropout = headDefaults.dropout } = options;
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
  return apply(layers.dense({ name: 'predictions', units: classes, activation: 'softmax', kernelInitializer: seeded('predictions') }), x);
}
