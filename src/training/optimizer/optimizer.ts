import { quoted, refuseUnknownOptions } from '../../arguments.js';

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

/** The defaults of {@link OptimizerOptions}, by kind. */
export const optimizerDefaults = {
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  sgd: {},
  momentum: { momentum: 0.9, nesterov: false },
  rmsprop: { decay: 0.9, momentum: 0, epsilon: 1e-7 },
  adamax: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0 },
  adagrad: { initialAccumulator: 0.1 },
  adadelta: { rho: 0.95, epsilon: 1e-7 },
} as const satisfies { readonly [K in OptimizerKind]: Omit<Extract<OptimizerOptions, { kind: K }>, 'kind'> };

/** Calls `fail` for options that make no optimizer. */
export function checkOptimizer(options: OptimizerOptions, fail: (message: string) => never): void {
  const kinds = Object.keys(optimizerDefaults);
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || !kinds.includes(options.kind)) {
    fail(`optimizer must be { kind } with one of ${kinds.join(', ')}, got ${quoted(given)}.`);
  }
  const { kind, ...rest } = options;
  refuseUnknownOptions(`the optimizer ${kind}`, options, optionNames(kind), fail);
  for (const [name, value] of Object.entries(rest) as [string, unknown][]) {
    if (value === undefined) continue;
    const [right, wanted] = ranges[name] ?? [() => false, ''];
    if (!right(value)) fail(`${name} of the optimizer ${kind} must be ${wanted}, got ${quoted(value)}.`);
  }
}

function optionNames(kind: OptimizerKind): string[] {
  return ['kind', ...Object.keys(optimizerDefaults[kind])];
}

const isFraction = (value: unknown) => typeof value === 'number' && value >= 0 && value < 1;
const isPositive = (value: unknown) => typeof value === 'number' && value > 0 && Number.isFinite(value);
const isBoolean = (value: unknown) => typeof value === 'boolean';

/** What each option may be. */
const ranges: Readonly<Record<string, readonly [isRight: (value: unknown) => boolean, wanted: string]>> = {
  beta1: [isFraction, 'at least 0 and below 1'],
  beta2: [isFraction, 'at least 0 and below 1'],
  momentum: [isFraction, 'at least 0 and below 1'],
  decay: [isFraction, 'at least 0 and below 1'],
  rho: [isFraction, 'at least 0 and below 1'],
  epsilon: [isPositive, 'above 0'],
  initialAccumulator: [isPositive, 'above 0'],
  nesterov: [isBoolean, 'true or false'],
};
