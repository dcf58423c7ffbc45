import { quoted } from '../../arguments.js';
import { errorAbout, isSpineError, SpineError } from '../../errors.js';
import {
  numberAbove,
  optionsOf,
  record,
  required,
  text,
  wholeNumber,
  type Rules,
  type WithDefaults,
} from '../../options.js';
import { labelSmoothingRule, mixupOptions, type Mixup, type TargetOptions } from '../objective/index.js';
import {
  averageWeightsOptions,
  checkClip,
  checkSchedule,
  clipRules,
  layerDecayRule,
  optimizerRule,
  scheduleRule,
  weightDecayRule,
  type LearningRateSchedule,
  type StageOptimizerOptions,
} from '../optimizer/index.js';
import { planRules, type PlanOptions } from '../plan/index.js';

/** One stage of training: which layers learn, how long, at which rate. */
export interface Stage extends PlanOptions, StageOptimizerOptions, TargetOptions {
  /** Its name in histories and reports. */
  readonly name: string;
  /** Most epochs to train. */
  readonly epochs: number;
  /** The optimizer's learning rate, which `schedule` may change and `layerDecay` lower for the layers nearer the input. */
  readonly learningRate: number;
  /** Stop after so many epochs in a row without a smaller validation loss (early stopping); default: never. */
  readonly patience?: number;
  /** How the rate goes through the stage. Default: it stays. */
  readonly schedule?: LearningRateSchedule;
  /** Trains on mixtures of two images each; frozen layers then run in each epoch. Default: no mixtures. */
  readonly mixup?: Mixup;
}

/** The defaults of {@link Stage}. */
export const stageDefaults = {
  batchNorm: 'frozen',
  optimizer: { kind: 'adam' },
  schedule: { kind: 'constant' },
  layerDecay: 1,
  weightDecay: 0,
  labelSmoothing: 0,
} as const satisfies Partial<Stage>;

const rules: Rules<Stage> = {
  ...planRules,
  ...clipRules,
  name: required(text),
  epochs: required(wholeNumber(1)),
  learningRate: required(numberAbove(0)),
  patience: wholeNumber(1),
  optimizer: optimizerRule,
  schedule: scheduleRule,
  layerDecay: layerDecayRule,
  weightDecay: weightDecayRule,
  labelSmoothing: labelSmoothingRule,
  mixup: record(mixupOptions),
  averageWeights: record(averageWeightsOptions),
};

export const stageOptions = optionsOf<Stage, typeof stageDefaults>('a stage', rules, stageDefaults);

/** What a step of a stage depends on: of a whole stage, only `unfreeze` has to be given. */
export type StepStage = Pick<Stage, 'unfreeze'> & Partial<Stage>;

export const stepStageOptions = optionsOf<StepStage, typeof stageDefaults>(
  'stage',
  { ...rules, name: text, epochs: wholeNumber(1), learningRate: numberAbove(0) },
  stageDefaults,
);

/** A stage with every default written out, those within its options included: two are the same exactly if these are. */
export type WholeStage = WithDefaults<Stage, typeof stageDefaults>;

/**
 * The stages with their defaults.
 *
 * @throws SpineError `invalid-argument` for a stage that makes no sense.
 */
export function checkStages(stages: readonly Stage[]): readonly WholeStage[] {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  if (!Array.isArray(stages)) fail(`stages must be a list, got ${quoted(stages)}.`);
  if (stages.length === 0) fail('stages is empty: give at least one.');
  return stages.map((stage, index) => {
    const given = stage as Stage | null | undefined;
    if (typeof given === 'object' && given !== null && (typeof given.name !== 'string' || given.name === ''))
      fail(
        `Stage ${index + 1} of ${stages.length} needs a name: a text for histories and reports, such as 'fine tuning'; got ${quoted(given.name)}.`,
      );
    return checkStage(stage, given?.name);
  });
}

/** Says of which stage a refusal speaks. */
function checkStage(stage: Stage, name: string | undefined): WholeStage {
  try {
    const whole = wholeStage(stageOptions, stage);
    checkSchedule(whole);
    return whole;
  } catch (error) {
    if (!isSpineError(error) || name === undefined) throw error;
    throw errorAbout(`Stage "${name}"`, error);
  }
}

/** The stage of a range test with its defaults. */
export const checkStepStage = (stage: StepStage) => wholeStage(stepStageOptions, stage);

function wholeStage<Given extends object, Whole extends object>(
  table: { check(given: Given): Whole },
  stage: Given,
): Whole {
  // Defaults are options like those given, and have defaults of their own within: these are filled in once they are there.
  const whole = table.check(table.check(stage) as unknown as Given);
  checkClip(whole);
  return whole;
}
