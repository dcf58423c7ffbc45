import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** Those weights that their layers constrain (`kernelConstraint` and the like). */
export function constrainedOf(weights: readonly tfl.LayerVariable[]): tfl.LayerVariable[] {
  return weights.filter(
    (weight) => ((weight as unknown as { readonly constraint?: object | null }).constraint ?? undefined) !== undefined,
  );
}

/** Applies its constraint to a weight, as Keras does after each update; tfjs's `fit` does not. */
export function constrain(weight: tfl.LayerVariable): void {
  // What is written must be another tensor than the variable.
  tf.tidy(() => void weight.write(tf.clone(weight.read())));
}
