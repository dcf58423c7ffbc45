import type * as tfl from '@tensorflow/tfjs-layers';
import {
  exportWeights,
  requireArrays,
  writeSafetensors,
  writeSafetensorsDefaults,
  writeSafetensorsOptions,
  type NamedArrays,
  type WriteSafetensorsOptions,
} from '../../weights/index.js';
import { optionsOf } from '../../options.js';
import { writeFileAtomic } from './writeAtomic.js';

export const writeWeightsOptions = optionsOf<WriteSafetensorsOptions, typeof writeSafetensorsDefaults>(
  'writeWeights',
  writeSafetensorsOptions.rules,
  writeSafetensorsDefaults,
);

const isModel = (weights: tfl.LayersModel | NamedArrays): weights is tfl.LayersModel =>
  typeof weights === 'object' && (weights as unknown) !== null && 'layers' in weights;

/**
 * Writes the weights of a model, or arrays by name, as a safetensors file: a whole file or none, for
 * `readSafetensors` and for Python's `safetensors`.
 *
 * @throws SpineError (the promise rejects with it) `model-invalid` if two weights of the model share a name;
 * `invalid-argument` if it is given neither, or a value is too large for float16; `write-failed`. The old file is then
 * as it was.
 */
export async function writeWeights(
  file: string | URL,
  weights: tfl.LayersModel | NamedArrays,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const settings = writeWeightsOptions.check(options);
  const arrays = isModel(weights) ? await exportWeights(weights) : weights;
  requireArrays('writeWeights', arrays);
  await writeFileAtomic(file, writeSafetensors(arrays, settings));
}
