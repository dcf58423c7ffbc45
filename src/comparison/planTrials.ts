import { requireOptions } from '../arguments.js';
import { checkInteger, classNames } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { listNames } from '../listing.js';
import { backboneNames } from '../models/index.js';
import { createRandom } from '../random.js';
import { checkStages, type Stage } from '../training/index.js';
import { comparisonDefaults, type ComparedBackbone, type ComparisonOptions, type ComparisonParts, type WeightsSource } from './options.js';
import { checkParts, recordParts } from './parts.js';
import type { TrialRecord } from './trialRecord.js';

/** A trial to run: its record, and the weights, which no record can hold. */
export interface Trial {
  readonly record: TrialRecord;
  readonly weights: WeightsSource | undefined;
}

/**
 * The trials of a comparison, in order. What only building can tell, such as a width out of range, is left to the trial.
 *
 * @throws SpineError `invalid-argument`, `dataset-empty`, `label-missing`, `unknown-label`.
 */
export function planTrials(parts: ComparisonParts, options: ComparisonOptions): readonly Trial[] {
  requireOptions('compareBackbones', parts, '{ train, validation, test } for its parts');
  requireOptions('compareBackbones', options, '{ backbones, seed }');
  const { seed, classes = classNames(parts.train), head, classWeight } = options;
  const { inputShape = comparisonDefaults.inputShape, stages = comparisonDefaults.stages, batchSize = comparisonDefaults.batchSize } = options;
  createRandom(seed);
  checkInteger('batchSize', batchSize, 1);
  checkStages(stages);
  if (new Set(stages.map(({ name }) => name)).size < stages.length) refuse(`Two stages share a name: ${listNames(stages.map(({ name }) => name))}. Results are told apart by it.`);
  if (classes.length < 2) refuse(`A comparison needs two or more classes, got ${listNames(classes) || 'none'}.`);

  const compared = readBackbones(options.backbones, stages);
  checkParts(parts, classes);
  const shared = withoutUndefined({ classes: [...classes], seed, batchSize, classWeight, parts: recordParts(parts) });
  return compared.map(({ name, unfreeze, weights, weightsFrom, ...settings }) => ({
    record: {
      name: name ?? settings.backbone,
      ...withoutUndefined({ head, ...withoutUndefined(settings) }),
      inputShape: [...inputShape] as const,
      ...shared,
      stages: stages.map((stage) => withoutUndefined({ ...stage, unfreeze: unfreeze?.[stage.name] ?? stage.unfreeze })),
      ...(weights !== undefined && { pretrained: true }),
      ...(weightsFrom !== undefined && { weightsFrom }),
    } as TrialRecord,
    weights,
  }));
}

function readBackbones(backbones: ComparisonOptions['backbones'], stages: readonly Stage[]): readonly ComparedBackbone[] {
  const isList = Array.isArray(backbones as unknown) && backbones.length > 0;
  if (!isList) refuse(`backbones must list one or more of ${listNames(backboneNames, Infinity)}.`);
  const compared = backbones.map((each): ComparedBackbone => (typeof each === 'string' ? { backbone: each } : each));

  const unknown = compared.map(({ backbone }) => backbone).filter((backbone) => !backboneNames.includes(backbone));
  if (unknown.length > 0) refuse(`No backbone is called ${listNames(unknown)}. There are: ${listNames(backboneNames, Infinity)}.`);

  const names = compared.map(({ name, backbone }) => name ?? backbone);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) refuse(`Two rows are called ${listNames(new Set(repeated))}. Give each a name of its own.`);

  for (const [index, { unfreeze = {}, head }] of compared.entries()) {
    const name = names[index] as string;
    const stray = Object.keys(unfreeze).filter((stage) => !stages.some((each) => each.name === stage));
    if (stray.length > 0) refuse(`The backbone "${name}" unfreezes in the stage ${listNames(stray)}; the stages are ${listNames(stages.map((stage) => stage.name))}.`);
    if ((head as unknown) === false) refuse(`The backbone "${name}" has head: false; without a head there is nothing to classify with.`);
    checkStages(stages.map((stage) => ({ ...stage, unfreeze: unfreeze[stage.name] ?? stage.unfreeze })));
  }
  return compared;
}

/** JSON knows no undefined: an option that is undefined is an option not given. */
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

function refuse(message: string): never {
  throw new SpineError('invalid-argument', message);
}
