import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import { modelWeights } from './matching/index.js';
import { ndarrayOf } from '../ndarray.js';
import { requireModel } from '../network/index.js';

/**
 * Copies every weight of a model, and of models nested in it, under the names that weight files give them. What the
 * model is when this is called is what is copied, whatever happens to it while the backend hands its numbers over.
 *
 * @throws SpineError `model-invalid` if two different weights have the same name, as in two nested models of one name
 * with equal layer names: a file could hold only one of them.
 */
export async function exportWeights(model: tfl.LayersModel): Promise<ReadonlyMap<string, NdArray<Float32Array>>> {
  requireModel('exportWeights', model);
  const weights = modelWeights(model);
  checkNames(weights.map(({ name, read }) => ({ name, value: read() })));
  const copies = tf.tidy(() => weights.map(({ read }) => tf.keep(tf.clone(read()))));
  try {
    const exported = new Map<string, NdArray<Float32Array>>();
    for (const [index, { name, shape }] of weights.entries()) {
      // A copy again: the cpu backend gives its own memory.
      exported.set(name, ndarrayOf(new Float32Array(await copies[index]!.data()), shape));
    }
    return exported;
  } finally {
    tf.dispose(copies);
  }
}

/** A layer that two nested models share has its weights twice: they are the same. */
function checkNames(weights: readonly { readonly name: string; readonly value: tf.Tensor }[]): void {
  const seen = new Map<string, tf.Tensor>();
  for (const { name, value } of weights) {
    const other = seen.get(name);
    if (other !== undefined && other !== value) {
      throw new SpineError(
        'model-invalid',
        `Two weights of the model are called "${name}". Give its layers different names, or save it with model.save().`,
        { details: { name } },
      );
    }
    seen.set(name, value);
  }
}
