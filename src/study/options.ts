import {
  backboneNames,
  buildBackboneDefaults,
  type BackboneName,
  type BuildBackboneOptions,
  type HeadOptions,
} from '../models/index.js';
import {
  abortSignal,
  callback,
  checkedLater,
  listOf,
  names,
  objectWith,
  optionsOf,
  record,
  required,
  seedNumber,
  text,
  wholeNumber,
  type Rule,
} from '../options.js';
import type { Progress } from '../progress.js';
import {
  classWeightRule,
  fineTuneDefaults,
  frozenCacheOptions,
  type BatchLog,
  type ClassWeight,
  type EpochLog,
  type FrozenCacheOptions,
  type Stage,
} from '../training/index.js';
import type { NamedArrays } from '../weights/index.js';
import type { TrialResult } from './trialResult.js';

/** Initial weights of a backbone, or how to get them when its turn comes. */
export type InitialWeights =
  NamedArrays | ((options: { readonly signal?: AbortSignal }) => NamedArrays | Promise<NamedArrays>);

/** One backbone of a comparison. Options that are left out have the defaults of `buildBackbone`. */
export interface ComparedBackbone extends Readonly<
  Pick<BuildBackboneOptions, 'variant' | 'width' | 'endBlock' | 'inputRange'>
> {
  /** What its row is called; default: the backbone's name. */
  readonly name?: string;
  readonly backbone: BackboneName;
  /** The layers on top; default: the `head` of all. */
  readonly head?: HeadOptions;
  /** Which layers this backbone unfreezes in the stages named here, as layers are called differently in each. */
  readonly unfreeze?: Readonly<Record<string, Stage['unfreeze']>>;
  /**
   * What it knows beforehand. Every layer but the head must find its weights; a head among them is ignored. Given as a
   * function they are fetched when the backbone's turn comes and let go before it is trained, so that one backbone's are
   * in memory at a time. Absent: all layers start at random.
   */
  readonly weights?: InitialWeights;
  /** Where the weights come from, for the record: a file's name, a checksum. */
  readonly weightsFrom?: string;
}

/** Options of {@link compareBackbones}. */
export interface CompareBackbonesOptions {
  /** What to compare, in the order of the rows: names, or names with options. */
  readonly backbones: readonly (BackboneName | ComparedBackbone)[];
  /** Seed of each model's new layers, of the order of samples and of the dropout masks. */
  readonly seed: number;
  /** Class names in the order of the outputs; default: the labels of the training part, sorted. */
  readonly classes?: readonly string[];
  /** [height, width, channels] of the images; default [224, 224, 3]. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  /** The head of every backbone that names none; default: `headDefaults`. */
  readonly head?: HeadOptions;
  /** The one schedule. Default: {@link fineTuneDefaults}.stages. */
  readonly stages?: readonly Stage[];
  /** Samples a step. Default 16. */
  readonly batchSize?: number;
  /** How much each class counts in the training loss. Default: every sample alike. */
  readonly classWeight?: ClassWeight;
  /** As in `fineTune`: where the results of frozen layers are kept. Default: in up to 1 GiB of memory. */
  readonly cache?: FrozenCacheOptions;
  /**
   * Rows of an earlier run of the same comparison, as saved by `onRow`. Those that finished are taken over and not run
   * again; those that failed are. A finished row of the same name but of other settings or samples is refused.
   */
  readonly results?: readonly TrialResult[];
  /** Ends the work; the promise rejects with `signal.reason`. Rows finished before were given to `onRow`. */
  readonly signal?: AbortSignal;
  /** Called after each row, in rows. */
  readonly onProgress?: (progress: Progress & { readonly backbone: string }) => void;
  /**
   * Called with each new row, finished or failed, before the next begins, and with all rows there are by then, those
   * taken over from `results` included: save these here. Awaited.
   */
  readonly onRow?: (row: TrialResult, rows: readonly TrialResult[]) => void | Promise<void>;
  /** As `onCache` of `fineTune`, with the name of the row. */
  readonly onCache?: (progress: Progress & { readonly stage: string; readonly backbone: string }) => void;
  /** As `onBatch` of `fineTune`, with the name of the row. */
  readonly onBatch?: (log: BatchLog & { readonly backbone: string }) => void;
  /** As `onEpoch` of `fineTune`, with the name of the row. */
  readonly onEpoch?: (log: EpochLog & { readonly stage: string; readonly backbone: string }) => void;
}

/** The defaults of {@link CompareBackbonesOptions}. */
export const compareBackbonesDefaults = {
  inputShape: buildBackboneDefaults.inputShape,
  stages: fineTuneDefaults.stages,
  batchSize: fineTuneDefaults.batchSize,
  cache: fineTuneDefaults.cache,
} as const satisfies Omit<CompareBackbonesOptions, 'backbones' | 'seed'>;

/* @__NO_SIDE_EFFECTS__ */
function listOfObjects(what: string): Rule<never> {
  return listOf(objectWith(what), `a list of ${what}`) as Rule<never>;
}

/* @__NO_SIDE_EFFECTS__ */
function someOf(backbones: readonly string[]): Rule<CompareBackbonesOptions['backbones']> {
  return {
    expects: `a list, by name or as { backbone } with further options, of one or more of ${backbones.join(', ')}`,
    accepts: (given) => Array.isArray(given) && given.length > 0,
  };
}

/** The one schedule of a comparison, and of a trial. */
export const listOfStages: Rule<readonly Stage[]> = listOfObjects(
  'stages, such as { name, unfreeze, epochs, learningRate }',
);

export const inputShapeRule: Rule<CompareBackbonesOptions['inputShape'] & object> = {
  expects: '[height, width, channels] in whole pixels',
  accepts: Array.isArray,
};

/** What a row, and the trial behind it, is called. */
export const rowName: Rule<string> = {
  expects: 'the name of a row, a text',
  accepts: (given) => typeof given === 'string' && given !== '',
};

/** Which network, and how it is built: what it asks of its options is checked by `checkBackbone`, in the words of each. */
export const networkRules = {
  backbone: required(text as Rule<BackboneName>),
  variant: checkedLater,
  width: checkedLater,
  endBlock: checkedLater,
  inputRange: checkedLater,
  head: checkedLater,
};

export const compareBackbonesOptions = optionsOf<CompareBackbonesOptions, typeof compareBackbonesDefaults>(
  'compareBackbones',
  {
    backbones: required(someOf(backboneNames)),
    seed: required(seedNumber),
    classes: names,
    inputShape: inputShapeRule,
    head: checkedLater,
    stages: listOfStages,
    batchSize: wholeNumber(1),
    classWeight: classWeightRule,
    cache: record(frozenCacheOptions),
    results: listOfObjects('rows, as onRow gave them'),
    signal: abortSignal,
    onProgress: callback,
    onRow: callback,
    onCache: callback,
    onBatch: callback,
    onEpoch: callback,
  },
  compareBackbonesDefaults,
);

export const comparedBackboneOptions = optionsOf<ComparedBackbone>('a compared backbone', {
  name: rowName,
  ...networkRules,
  unfreeze: checkedLater,
  weights: checkedLater,
  weightsFrom: text,
});
