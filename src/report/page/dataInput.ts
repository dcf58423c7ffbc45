import type { LayersModel } from '@tensorflow/tfjs-layers';
import { dataWith, isRecord } from '../../dataRules.js';
import type { Box } from '../../image/index.js';
import { finiteNumber, required, text, type Rule } from '../../options.js';
import { descriptionRule, type ModelDescription } from '../model/index.js';

/** A file that was not used, as `onSkip` of the readers in `spine-xray-ml/node` tells of it. */
export interface SkippedFile {
  readonly file: string;
  /** Why: an error, or its sentence. */
  readonly error: Error | string;
}

/** A value of `run` of a report's input. */
export type RunValue =
  string | number | bigint | boolean | null | undefined | readonly RunValue[] | { readonly [name: string]: RunValue };

// What other functions made, and a report takes: each by the fields that the page reads.

export const boxRule: Rule<Box> = dataWith<Box>('a box { left, top, right, bottom }', {
  left: required(finiteNumber),
  top: required(finiteNumber),
  right: required(finiteNumber),
  bottom: required(finiteNumber),
});

export const skippedRule: Rule<SkippedFile> = dataWith<SkippedFile>('{ file, error }', {
  file: required(text),
  error: required({
    expects: 'an error, or its sentence',
    accepts: (given) => typeof given === 'string' || typeof (given as Partial<Error> | null)?.message === 'string',
  }),
});

/** A model of tfjs, or its description by what is drawn of it. */
export const modelRule: Rule<LayersModel | ModelDescription> = {
  expects: 'a model of tfjs layers, or its description { blocks }',
  accepts: isRecord,
  complete: (given, path) => (isModel(given) ? given : descriptionRule.complete!(given, path)),
};

const isModel = (given: unknown) => !('blocks' in (given as object)) && Array.isArray((given as LayersModel).layers);

/** Anything by name. */
export const runRule: Rule<Readonly<Record<string, RunValue>>> = {
  expects: 'a record of what was run',
  accepts: isRecord,
};
