import type { DatasetSplit } from '../dataset/index.js';
import { quoted } from '../arguments.js';
import { classNames } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { listNames } from '../listing.js';
import { givenOptions } from '../options.js';
import { withoutUndefined } from '../plain.js';
import { backboneNames, checkBackbone } from '../models/index.js';
import { checkClassWeight, checkStages, stageOptions, type Stage } from '../training/index.js';
import { requireArrays } from '../weights/index.js';
import { aboutTrial, checkClasses, checkHead, checkSchedule } from './checkTrialSpec.js';
import {
  comparedBackboneOptions,
  compareBackbonesOptions,
  type ComparedBackbone,
  type CompareBackbonesOptions,
  type InitialWeights,
} from './options.js';
import { checkParts, identifyParts, requireParts } from './parts.js';
import { backboneOptions, type TrialSpec } from './trialSpec.js';

/** A trial to run: its spec, and the weights, which no spec can hold. */
export interface Trial {
  readonly spec: TrialSpec;
  readonly weights: InitialWeights | undefined;
}

/**
 * The trials of a comparison, in order. All that can be told without building a model is checked here; what is left,
 * such as the name of a layer to unfreeze from, is the trial's.
 *
 * @throws SpineError `invalid-argument`, `dataset-empty`, `label-missing`, `unknown-label`.
 */
export function planTrials(parts: DatasetSplit, options: CompareBackbonesOptions): readonly Trial[] {
  requireParts('compareBackbones', parts);
  const settings = compareBackbonesOptions.check(options);
  const { seed, classes = classNames(parts.train), head, classWeight, inputShape, stages, batchSize } = settings;
  checkSchedule(stages);
  checkClasses(classes);
  checkHead(head);

  const compared = readBackbones(settings.backbones, stages);
  checkParts(parts, classes);
  checkClassWeight(classWeight, classes);
  const shared = withoutUndefined({ classes: [...classes], seed, batchSize, classWeight, parts: identifyParts(parts) });
  const trials = compared.map(({ name, unfreeze, weights, weightsFrom, ...settings }) => ({
    spec: {
      name: name ?? settings.backbone,
      ...withoutUndefined({ head, ...settings }),
      inputShape: [...inputShape] as const,
      ...shared,
      stages: stages.map((stage) => withUnfreeze(stage, unfreeze)),
      ...(weights !== undefined && { pretrained: true }),
      ...(weightsFrom !== undefined && { weightsFrom }),
    } as TrialSpec,
    weights,
  }));
  for (const { spec } of trials)
    aboutTrial(`The backbone "${spec.name}"`, () => checkBackbone(spec.backbone, backboneOptions(spec)));
  return trials;
}

function readBackbones(
  backbones: CompareBackbonesOptions['backbones'],
  stages: readonly Stage[],
): readonly ComparedBackbone[] {
  const compared = backbones.map((each): ComparedBackbone => (typeof each === 'string' ? { backbone: each } : each));
  const stray = compared.findIndex((each) => !isObject(each));
  if (stray >= 0)
    refuse(
      `backbones must list names, or { backbone } with further options; got ${quoted(compared[stray])} among them.`,
    );

  const unknown = compared.map(({ backbone }) => backbone).filter((backbone) => !backboneNames.includes(backbone));
  if (unknown.length > 0)
    refuse(`No backbone is called ${listNames(unknown)}. There are: ${listNames(backboneNames, Infinity)}.`);

  const names = compared.map(({ name, backbone }) => name ?? backbone);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) refuse(`Two rows are called ${listNames(new Set(repeated))}. Give each a name of its own.`);
  for (const [index, backbone] of compared.entries()) checkCompared(names[index]!, backbone, stages);
  return compared.map((each) => givenOptions(comparedBackboneOptions, each));
}

function checkCompared(name: string, options: ComparedBackbone, stages: readonly Stage[]): void {
  const { unfreeze = {}, head, weights } = options;
  comparedBackboneOptions.check(options, `The backbone "${name}"`);
  if (!isObject(unfreeze))
    refuse(
      `The backbone "${name}" has unfreeze ${quoted(unfreeze)}; give { stage name: 'head', 'all' or { from: layer } }, or leave it out.`,
    );
  const stray = Object.keys(unfreeze).filter((stage) => !stages.some((each) => each.name === stage));
  if (stray.length > 0)
    refuse(
      `The backbone "${name}" unfreezes in the stage ${listNames(stray)}; the stages are ${listNames(stages.map((stage) => stage.name))}.`,
    );
  if ((head as unknown) === false)
    refuse(`The backbone "${name}" has head: false; without a head there is nothing to classify with.`);
  if (weights !== undefined && typeof weights !== 'function') requireArrays(`The backbone "${name}"`, weights);
  checkStages(stages.map((stage) => withUnfreeze(stage, unfreeze)));
}

/** The stage as it is for one backbone, in which layers are called differently. */
function withUnfreeze(stage: Stage, unfreeze: ComparedBackbone['unfreeze'] = {}): Stage {
  const own = Object.hasOwn(unfreeze, stage.name) ? unfreeze[stage.name] : undefined;
  return { ...givenOptions(stageOptions, stage), unfreeze: own ?? stage.unfreeze };
}

const isObject = (given: unknown): boolean => typeof given === 'object' && given !== null && !Array.isArray(given);

function refuse(message: string): never {
  throw new SpineError('invalid-argument', message);
}
