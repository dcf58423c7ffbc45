import type * as tfl from '@tensorflow/tfjs-layers';
import { exportWeights, writeSafetensors, type NamedArrays, type WriteSafetensorsOptions } from '../weights/index.js';
import { writeFileAtomic } from './writeAtomic.js';

/**
 * Writes the weights of a model, or arrays by name, as a safetensors file: a whole file or none, for
 * `readSafetensors` and for Python's `safetensors`.
 *
 * @throws SpineError (the promise rejects with it) `model-invalid` if two weights of the model share a name;
 * `invalid-argument` if a value is too large for float16; `write-failed`. The old file is then as it was.
 */
export async function writeWeights(file: string | URL, weights: tfl.LayersModel | NamedArrays, options: WriteSafetensorsOptions = {}): Promise<void> {
  const arrays = 'layers' in weights ? await exportWeights(weights) : weights;
  await writeFileAtomic(file, writeSafetensors(arrays, options));
}
