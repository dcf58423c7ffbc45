import type { NdArray } from 'ndarray';
import type { Image } from '../image/index.js';
import { abortSignal, callback, oneOf, optionsOf, wholeNumber } from '../options.js';
import type { OnProgress } from '../progress.js';
import { outputsRule, type OutputSelection } from './outputs.js';

/**
 * How much each scalar of an image moved each output away from the output for the background, in the units of the
 * output. For every output, base value + Σ values = output value, whatever the budget.
 */
export interface Explanation {
  /** The image explained, as it was given. */
  readonly image: Image;
  /** `[height, width, channels, k]`: SHAP values of the k outputs explained. */
  readonly values: NdArray<Float64Array>;
  /** `[k]`: the outputs with everything masked. */
  readonly baseValues: Float64Array;
  /** `[k]`: the outputs for the image. */
  readonly outputValues: Float64Array;
  /** `[k]`: class names, or `output 0` and so on where the explainer has none. */
  readonly outputNames: readonly string[];
  /** `[k]`: which outputs of the model these are. */
  readonly outputIndices: readonly number[];
  /** Masked images behind the values, base value and whole image included (also a base value known from before). */
  readonly evaluations: number;
  /** The budget asked for. */
  readonly maxEvaluations: number;
  /** Evaluations made at a time: under a budget, values depend on it, as SHAP's do. */
  readonly batchSize: number;
  /** See {@link ExplainOptions.fixedContext}. */
  readonly fixedContext: null | 0 | 1;
  /** What stood in for hidden parts: the masker's name. */
  readonly masker: string;
}

/** Options of one explanation. */
export interface ExplainOptions {
  /**
   * Budget of model evaluations. Regions still undivided when it is spent share their credit evenly. Splits cost two,
   * so an odd budget is passed by one; below 3 the map is uniform. Default 500.
   */
  readonly maxEvaluations?: number;
  /** Evaluations made at a time; rounded up to even. Default 10, SHAP's. */
  readonly batchSize?: number;
  /** The outputs to explain; they also decide together which region is divided next. Default all. */
  readonly outputs?: OutputSelection;
  /**
   * The context in which the halves of a region are measured: 0 with the other half hidden, 1 with it shown, null both
   * and averaged, which gives Owen values. With 0 or 1 what the halves do only together is spread over both evenly, and
   * going down to every scalar costs 2M evaluations for M scalars instead of about 2M²/3. Default null.
   */
  readonly fixedContext?: null | 0 | 1;
  /** Aborts between batches; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Told after each batch how many evaluations are done. */
  readonly onProgress?: OnProgress;
}

/** SHAP's own defaults. */
export const explainDefaults = {
  maxEvaluations: 500,
  batchSize: 10,
  fixedContext: null,
} as const satisfies ExplainOptions;

export const explainOptions = optionsOf<ExplainOptions, typeof explainDefaults>(
  'explain',
  {
    maxEvaluations: wholeNumber(1),
    batchSize: wholeNumber(1),
    outputs: outputsRule,
    fixedContext: oneOf(null, 0, 1),
    signal: abortSignal,
    onProgress: callback,
  },
  explainDefaults,
);
