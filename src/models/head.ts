import * as tfl from '@tensorflow/tfjs-layers';
import { quoted, refuseUnknownOptions } from '../arguments.js';
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

const optionNames = Object.keys({ pooling: true, dense: true, dropout: true } satisfies Record<
  keyof HeadOptions,
  true
>);

/** @throws SpineError `invalid-argument` for what is no head, an unknown option, or one out of range. */
export function checkHead(options: HeadOptions): void {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    fail(`head must be an object, such as { dense: [128], dropout: 0.5 }, or false for none; got ${quoted(given)}.`);
  refuseUnknownOptions('head', options, optionNames);
  const { pooling = headDefaults.pooling, dense = headDefaults.dense, dropout = headDefaults.dropout } = options;
  if (!['average', 'max'].includes(pooling)) fail(`head.pooling must be 'average' or 'max', got ${quoted(pooling)}.`);
  if (!(typeof dropout === 'number' && dropout >= 0 && dropout < 1))
    fail(`head.dropout must be at least 0 and below 1, got ${quoted(dropout)}.`);
  if (!(Array.isArray(dense as unknown) && dense.every((units) => Number.isInteger(units) && units > 0))) {
    const hint = typeof (dense as unknown) === 'number' ? ` Give a list: dense: [${quoted(dense)}].` : '';
    fail(`head.dense must list positive whole numbers of units, got ${quoted(dense)}.${hint}`);
  }
}

/** Adds a head to feature maps [n, h, w, c]: probabilities [n, classes]. */
export function addHead(
  features: tfl.SymbolicTensor,
  classes: number,
  random: Random,
  options: HeadOptions = {},
): tfl.SymbolicTensor {
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
