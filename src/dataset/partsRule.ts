import { isRecord } from '../dataRules.js';
import type { Rule } from '../options.js';
import { requireDataset } from './requireDataset.js';
import type { Dataset } from './sample.js';

/** Data sets by name, such as the parts of a split. */
export const partsRule: Rule<Readonly<Record<string, Dataset>>> = {
  expects: 'data sets by name, such as { train, validation, test }',
  accepts: isRecord,
  advice: (given) => (Array.isArray(given) ? 'Give a data set its name: { test: dataset }.' : undefined),
  complete(given, path) {
    for (const [name, dataset] of Object.entries(given as Readonly<Record<string, Dataset>>))
      requireDataset(`${path}.${name}`, dataset);
    return given;
  },
};
