import { errorAbout, isSpineError, SpineError } from '../errors.js';
import { listNames } from '../listing.js';
import { checkBackbone } from '../models/index.js';
import { names, optionsOf, record, required, seedNumber, text, wholeNumber } from '../options.js';
import { checkClassWeight, checkStages, classWeightRule, type Stage } from '../training/index.js';
import { inputShapeRule, listOfStages, networkRules, rowName } from './options.js';
import { backboneOptions, type TrialSpec } from './trialSpec.js';

type Parts = TrialSpec['parts'];

export const specPartOptions = optionsOf<Parts['train']>('a part of a spec', {
  samples: required(wholeNumber(1)),
  fingerprint: required(text),
});

export const specPartsOptions = optionsOf<Parts>('the parts of a spec', {
  train: required(record(specPartOptions)),
  validation: required(record(specPartOptions)),
  test: required(record(specPartOptions)),
});

export const trialSpecOptions = optionsOf<TrialSpec>('the spec of a trial', {
  name: required(rowName),
  ...networkRules,
  inputShape: required(inputShapeRule),
  classes: required(names),
  seed: required(seedNumber),
  stages: required(listOfStages),
  batchSize: required(wholeNumber(1)),
  classWeight: classWeightRule,
  pretrained: { expects: 'true, or left out where all layers start at random', accepts: (given) => given === true },
  weightsFrom: text,
  parts: required(record(specPartsOptions)),
});

/**
 * Refuses a spec that no trial could be run from. All is checked that can be told without building the model.
 *
 * @throws SpineError `invalid-argument`; `unknown-label` for a class weight of another class.
 */
export function checkTrialSpec(spec: TrialSpec): void {
  trialSpecOptions.check(spec, 'spec');
  aboutTrial(`The spec "${spec.name}"`, () => {
    checkSchedule(spec.stages);
    checkClasses(spec.classes);
    checkHead(spec.head);
    checkClassWeight(spec.classWeight, spec.classes);
    checkBackbone(spec.backbone, backboneOptions(spec));
  });
}

/** @throws SpineError `invalid-argument` for stages that make no sense, or cannot be told apart. */
export function checkSchedule(stages: readonly Stage[]): void {
  checkStages(stages);
  if (new Set(stages.map(({ name }) => name)).size < stages.length)
    refuse(`Two stages share a name: ${listNames(stages.map(({ name }) => name))}. Results are told apart by it.`);
}

/** @throws SpineError `invalid-argument` for fewer classes than can be told apart. */
export function checkClasses(classes: readonly string[]): void {
  if (classes.length < 2) refuse(`A comparison needs two or more classes, got ${listNames(classes) || 'none'}.`);
}

/** @throws SpineError `invalid-argument` for a model that is to have no head. */
export function checkHead(head: TrialSpec['head']): void {
  if ((head as unknown) === false) refuse('head is false; without a head there is nothing to classify with.');
}

/** Says of which trial a refusal speaks. */
export function aboutTrial(name: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isSpineError(error)) throw error;
    throw errorAbout(name, error);
  }
}

function refuse(message: string): never {
  throw new SpineError('invalid-argument', message);
}
