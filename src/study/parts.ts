import { quoted, requireOptions } from '../arguments.js';
import {
  fingerprint,
  labelIndices,
  requireDataset,
  sampleGroup,
  type Dataset,
  type DatasetSplit,
} from '../dataset/index.js';
import { SpineError } from '../errors.js';
import type { TrialSpec } from './trialSpec.js';

export const partNames = ['train', 'validation', 'test'] as const;

/** @throws SpineError `invalid-argument` if a part is no data set. */
export function requireParts(owner: string, parts: DatasetSplit): void {
  requireOptions(owner, parts, '{ train, validation, test } for its parts');
  for (const name of partNames) {
    const given: unknown = parts[name];
    if (!Array.isArray(given))
      throw new SpineError(
        'invalid-argument',
        `${owner} needs parts { train, validation, test }, each a data set; ${name} is ${quoted(given)}.`,
      );
    requireDataset(`The ${name} part`, parts[name]);
  }
}

/**
 * @throws SpineError `dataset-empty`, `label-missing` or `unknown-label` for a part that cannot be trained on or
 *   measured.
 */
export function checkParts(parts: DatasetSplit, classes: readonly string[]): void {
  for (const name of partNames) {
    const dataset = parts[name];
    if (dataset.length === 0)
      throw new SpineError(
        'dataset-empty',
        `The ${name} part is empty; a comparison needs samples to train on, to choose epochs by and to test on.`,
      );
    const labels = labelIndices(dataset, classes);
    const unlabelled = dataset[labels.indexOf(-1)];
    if (unlabelled)
      throw new SpineError(
        'label-missing',
        `Sample "${unlabelled.id}" of the ${name} part has no label; a comparison needs one for each sample.`,
      );
  }
}

/** What a spec says of its parts. */
export function identifyParts(parts: DatasetSplit): TrialSpec['parts'] {
  return { train: identityOf(parts.train), validation: identityOf(parts.validation), test: identityOf(parts.test) };
}

/** @throws SpineError `invalid-argument` if these are not the parts that the spec was made for. */
export function checkSameParts(spec: TrialSpec, parts: DatasetSplit): void {
  const given = identifyParts(parts);
  const other = partNames.filter((name) => given[name].fingerprint !== spec.parts[name].fingerprint);
  if (other.length === 0) return;
  throw new SpineError(
    'invalid-argument',
    `The spec "${spec.name}" was made for other samples in: ${other.join(', ')}. Give the parts that it was made for, or make a new one.`,
  );
}

function identityOf(dataset: Dataset): TrialSpec['parts']['train'] {
  return {
    samples: dataset.length,
    fingerprint: fingerprint(dataset, (sample) => [sample.id, sample.label, sampleGroup(sample)]),
  };
}
