import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import type { Rule } from '../options.js';

/** Class names, or how many classes there are. */
export type ClassList = readonly string[] | number;

/**
 * What a model of this library says of itself; it travels in the model's user-defined metadata under `spine-xray-ml`.
 */
export interface ModelMetadata {
  /** Class names in the order of the outputs; empty for a backbone without a head. */
  readonly classes: readonly string[];
  /** Which architecture it is, where this library built it. */
  readonly backbone?: string;
  /** Whose definition of that architecture it is. */
  readonly variant?: 'keras' | 'torch';
  /** The range in which images are to be given. */
  readonly imageRange?: readonly [number, number];
  /** Multiplier of the number of filters. */
  readonly width?: number;
  /** The last block built. */
  readonly endBlock?: number;
}

const key = 'spine-xray-ml';

/** Two classes or more, by different names or by number. */
export const classListRule: Rule<ClassList> = {
  expects: 'two or more different names, or their number',
  accepts: (given) =>
    typeof given === 'number'
      ? Number.isInteger(given) && given >= 2 && given <= 100_000
      : Array.isArray(given) &&
        given.length >= 2 &&
        given.every((name) => typeof name === 'string' && name !== '') &&
        new Set(given).size === given.length,
};

/** The names of classes: numbers as text where no names were given. */
export function describeClasses(classes: ClassList): readonly string[] {
  return typeof classes === 'number' ? Array.from({ length: classes }, (_, index) => String(index)) : [...classes];
}

/** Adds to the model's user-defined metadata and keeps what else is there. */
export function setModelMetadata(model: tfl.LayersModel, metadata: ModelMetadata): void {
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), [key]: metadata });
}

/** What the model says of itself, or undefined if it was not made by this library. */
export function modelMetadata(model: tfl.LayersModel): ModelMetadata | undefined {
  const all = model.getUserDefinedMetadata() as Readonly<Record<string, unknown>> | undefined;
  return all?.[key] as ModelMetadata | undefined;
}

/** Notes in the model's metadata which class each output stands for. */
export function rememberClasses(model: tfl.LayersModel, classes: readonly string[]): void {
  setModelMetadata(model, { ...modelMetadata(model), classes });
}

/**
 * The class names of a classifier: those in its metadata, or else `names` (of a data set, say) if they are as many as
 * the model has outputs.
 *
 * @throws SpineError `model-invalid` if the output is not [n, k], or no names fit it.
 */
export function modelClasses(model: tfl.LayersModel, names: readonly string[]): readonly string[] {
  const shape = model.outputs[0]?.shape;
  const outputs = shape?.at(-1);
  if (model.outputs.length !== 1 || shape?.length !== 2 || typeof outputs !== 'number') {
    throw new SpineError(
      'model-invalid',
      `A classifier has one output of shape [n, classes]; this model has ${model.outputs.map(({ shape }) => JSON.stringify(shape)).join(', ')}. Build it with a head.`,
    );
  }
  const own = modelMetadata(model)?.classes ?? [];
  if (own.length === outputs && !own.every((name, index) => name === String(index))) return own;
  const sorted = [...new Set(names)].sort();
  if (sorted.length === outputs) return sorted;
  if (own.length === outputs) return own;
  throw new SpineError(
    'model-invalid',
    `The model has ${outputs} outputs but the data set has ${sorted.length} classes (${sorted.join(', ')}). Build the model with these classes.`,
  );
}
