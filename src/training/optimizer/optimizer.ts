import * as tf from '@tensorflow/tfjs-core';
import { numberAbove, oneOf, optionsOf, yesOrNo, type Rule } from '../../options.js';
import { byKind } from './byKind.js';

/**
 * tfjs's optimizers, as plain data; the rate is the stage's. Epsilons default to 1e-7 on every backend. tfjs has 1e-4
 * on WebGL, which calls itself of half precision though it computes in float32: Adam would take other steps there.
 */
export type OptimizerOptions =
  /** Kingma and Ba, 2015. Default: beta1 0.9, beta2 0.999. */
  | { readonly kind: 'adam'; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number }
  /** Gradient descent without memory. */
  | { readonly kind: 'sgd' }
  /** Gradient descent with momentum, or Nesterov's. Default: momentum 0.9, nesterov false. */
  | { readonly kind: 'momentum'; readonly momentum?: number; readonly nesterov?: boolean }
  /**
   * Hinton, 2012; not centred, as tfjs's centred kind takes roots of negative numbers where a gradient is 0. Default:
   * decay 0.9, momentum 0.
   */
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

/** The defaults of {@link OptimizerOptions}, by kind. */
export const optimizerDefaults = {
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  sgd: {},
  momentum: { momentum: 0.9, nesterov: false },
  rmsprop: { decay: 0.9, momentum: 0, epsilon: 1e-7 },
  adamax: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0 },
  adagrad: { initialAccumulator: 0.1 },
  adadelta: { rho: 0.95, epsilon: 1e-7 },
} as const;

export const adamOptions = optionsOf<Of<'adam'>, typeof optimizerDefaults.adam>(
  'the optimizer adam',
  { kind: oneOf('adam'), beta1: share, beta2: share, epsilon: positive },
  optimizerDefaults.adam,
);
export const sgdOptions = optionsOf<Of<'sgd'>, typeof optimizerDefaults.sgd>(
  'the optimizer sgd',
  { kind: oneOf('sgd') },
  optimizerDefaults.sgd,
);
export const momentumOptions = optionsOf<Of<'momentum'>, typeof optimizerDefaults.momentum>(
  'the optimizer momentum',
  { kind: oneOf('momentum'), momentum: share, nesterov: yesOrNo },
  optimizerDefaults.momentum,
);
export const rmspropOptions = optionsOf<Of<'rmsprop'>, typeof optimizerDefaults.rmsprop>(
  'the optimizer rmsprop',
  { kind: oneOf('rmsprop'), decay: share, momentum: share, epsilon: positive },
  optimizerDefaults.rmsprop,
);
export const adamaxOptions = optionsOf<Of<'adamax'>, typeof optimizerDefaults.adamax>(
  'the optimizer adamax',
  { kind: oneOf('adamax'), beta1: share, beta2: share, epsilon: positive, decay: share },
  optimizerDefaults.adamax,
);
export const adagradOptions = optionsOf<Of<'adagrad'>, typeof optimizerDefaults.adagrad>(
  'the optimizer adagrad',
  { kind: oneOf('adagrad'), initialAccumulator: positive },
  optimizerDefaults.adagrad,
);
export const adadeltaOptions = optionsOf<Of<'adadelta'>, typeof optimizerDefaults.adadelta>(
  'the optimizer adadelta',
  { kind: oneOf('adadelta'), rho: share, epsilon: positive },
  optimizerDefaults.adadelta,
);

export const optimizerTables = {
  adam: adamOptions,
  sgd: sgdOptions,
  momentum: momentumOptions,
  rmsprop: rmspropOptions,
  adamax: adamaxOptions,
  adagrad: adagradOptions,
  adadelta: adadeltaOptions,
} as const;

/** Completes the options of whichever optimizer it is. */
export const optimizerRule: Rule<OptimizerOptions> = byKind<OptimizerOptions>('optimizer', optimizerTables);

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
