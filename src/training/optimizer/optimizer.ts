import * as tf from '@tensorflow/tfjs-core';
import { numberAbove, oneOf, optionsOf, yesOrNo, type Rule } from '../../options.js';
import { byKind } from './byKind.js';

/**
 * tfjs's optimizers, as plain data; the rate is the stage's. Epsilons default to 1e-7 on every backend. tfjs has 1e-4 on
 * WebGL, which calls itself of half precision though it computes in float32: Adam would take other steps there.
 */
export type OptimizerOptions =
  /** Kingma and Ba, 2015. Default: beta1 0.9, beta2 0.999. */
  | { readonly kind: 'adam'; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number }
  /** Gradient descent without memory. */
  | { readonly kind: 'sgd' }
  /** Gradient descent with momentum, or Nesterov's. Default: momentum 0.9, nesterov false. */
  | { readonly kind: 'momentum'; readonly momentum?: number; readonly nesterov?: boolean }
  /** Hinton, 2012; not centred, as tfjs's centred kind takes roots of negative numbers where a gradient is 0. Default: decay 0.9, momentum 0. */
  | { readonly kind: 'rmsprop'; readonly decay?: number; readonly momentum?: number; readonly epsilon?: number }
  /** Kingma and Ba, 2015, section 7.1. Default: beta1 0.9, beta2 0.999, decay 0. */
  | {
      readonly kind: 'adamax';
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
      readonly decay?: number;
    }
  /** Duchi, Hazan and Singer, 2011. Default: initialAccumulator 0.1. */
  | { readonly kind: 'adagrad'; readonly initialAccumulator?: number }
  /** Zeiler, 2012. Default: rho 0.95. */
  | { readonly kind: 'adadelta'; readonly rho?: number; readonly epsilon?: number };

export type OptimizerKind = OptimizerOptions['kind'];

type Of<Kind extends OptimizerKind> = Extract<OptimizerOptions, { kind: Kind }>;

/** What decides over how many updates something is remembered. */
const share: Rule<number> = {
  expects: 'at least 0 and below 1',
  accepts: (given) => typeof given === 'number' && given >= 0 && given < 1,
};
const positive = numberAbove(0);

export const adamOptions = optionsOf<Of<'adam'>>()(
  'the optimizer adam',
  { kind: oneOf('adam'), beta1: share, beta2: share, epsilon: positive },
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
);
export const sgdOptions = optionsOf<Of<'sgd'>>()('the optimizer sgd', { kind: oneOf('sgd') }, {});
export const momentumOptions = optionsOf<Of<'momentum'>>()(
  'the optimizer momentum',
  { kind: oneOf('momentum'), momentum: share, nesterov: yesOrNo },
  { momentum: 0.9, nesterov: false },
);
export const rmspropOptions = optionsOf<Of<'rmsprop'>>()(
  'the optimizer rmsprop',
  { kind: oneOf('rmsprop'), decay: share, momentum: share, epsilon: positive },
  { decay: 0.9, momentum: 0, epsilon: 1e-7 },
);
export const adamaxOptions = optionsOf<Of<'adamax'>>()(
  'the optimizer adamax',
  { kind: oneOf('adamax'), beta1: share, beta2: share, epsilon: positive, decay: share },
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0 },
);
export const adagradOptions = optionsOf<Of<'adagrad'>>()(
  'the optimizer adagrad',
  { kind: oneOf('adagrad'), initialAccumulator: positive },
  { initialAccumulator: 0.1 },
);
export const adadeltaOptions = optionsOf<Of<'adadelta'>>()(
  'the optimizer adadelta',
  { kind: oneOf('adadelta'), rho: share, epsilon: positive },
  { rho: 0.95, epsilon: 1e-7 },
);

const tables = {
  adam: adamOptions,
  sgd: sgdOptions,
  momentum: momentumOptions,
  rmsprop: rmspropOptions,
  adamax: adamaxOptions,
  adagrad: adagradOptions,
  adadelta: adadeltaOptions,
} as const;

/** Completes the options of whichever optimizer it is. */
export const optimizerRule: Rule<OptimizerOptions> = byKind<OptimizerOptions>('optimizer', tables);

/** The defaults of {@link OptimizerOptions}, by kind. */
export const optimizerDefaults = {
  adam: adamOptions.defaults,
  sgd: sgdOptions.defaults,
  momentum: momentumOptions.defaults,
  rmsprop: rmspropOptions.defaults,
  adamax: adamaxOptions.defaults,
  adagrad: adagradOptions.defaults,
  adadelta: adadeltaOptions.defaults,
} as const;

/** tfjs's optimizer for some options. */
export function createOptimizer(options: OptimizerOptions, rate: number): tf.Optimizer {
  switch (options.kind) {
    case 'adam': {
      const { beta1, beta2, epsilon } = { ...adamOptions.defaults, ...options };
      return tf.train.adam(rate, beta1, beta2, epsilon);
    }
    case 'sgd':
      return tf.train.sgd(rate);
    case 'momentum': {
      const { momentum, nesterov } = { ...momentumOptions.defaults, ...options };
      return tf.train.momentum(rate, momentum, nesterov);
    }
    case 'rmsprop': {
      const { decay, momentum, epsilon } = { ...rmspropOptions.defaults, ...options };
      return tf.train.rmsprop(rate, decay, momentum, epsilon);
    }
    case 'adamax': {
      const { beta1, beta2, epsilon, decay } = { ...adamaxOptions.defaults, ...options };
      return tf.train.adamax(rate, beta1, beta2, epsilon, decay);
    }
    case 'adagrad':
      return tf.train.adagrad(rate, { ...adagradOptions.defaults, ...options }.initialAccumulator);
    case 'adadelta': {
      const { rho, epsilon } = { ...adadeltaOptions.defaults, ...options };
      return tf.train.adadelta(rate, rho, epsilon);
    }
  }
}
