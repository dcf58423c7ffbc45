import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';

/** [height, width, channels] of the images that a model takes. */
export function inputShape(model: tfl.LayersModel): [height: number, width: number, channels: number] {
  const shape = model.inputs[0]?.shape.slice(1) ?? [];
  if (model.inputs.length !== 1 || shape.length !== 3 || !shape.every((side) => typeof side === 'number')) {
    throw new SpineError(
      'model-invalid',
      `A model of images takes one input [height, width, channels] of known size; "${model.name}" takes ${model.inputs.map(({ shape }) => JSON.stringify(shape.slice(1))).join(', ')}.`,
    );
  }
  return shape as [number, number, number];
}
