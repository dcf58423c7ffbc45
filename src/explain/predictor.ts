import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import type { ImageShape } from './partition.js';

/**
 * What is explained: images [n, height, width, channels] → outputs [n, k], probabilities or whatever else adds up to a
 * meaning. The images are disposed by the caller, and so are the outputs; anything else it makes it must dispose
 * itself. The output for an image must not depend on the images beside it.
 */
export type PredictFn = (images: Tensor4D) => Tensor2D | Promise<Tensor2D>;

/** A function to explain, with what is known of it before it is called. */
export interface Predictor {
  readonly predict: PredictFn;
  /** Height, width and channels it takes; null where any will do. */
  readonly inputShape: readonly (number | null)[] | undefined;
  /** How many outputs it gives. */
  readonly outputCount: number | undefined;
}

/**
 * @throws SpineError `model-invalid` unless a model takes one batch of images and gives one batch of vectors;
 *   `invalid-argument` if `predict` is neither a model nor a function.
 */
export function predictorOf(predict: LayersModel | PredictFn): Predictor {
  if (typeof predict === 'function') return { predict, inputShape: undefined, outputCount: undefined };
  if (typeof predict?.predict !== 'function' || !Array.isArray(predict.inputs)) {
    throw new SpineError(
      'invalid-argument',
      'The first argument must be a LayersModel or a function from images [n, h, w, c] to outputs [n, k].',
    );
  }
  const [input, ...otherInputs] = predict.inputs;
  const [output, ...otherOutputs] = predict.outputs;
  if (input?.shape.length !== 4 || otherInputs.length > 0)
    throw unfit('takes', '[n, height, width, channels]', predict.inputs);
  if (output?.shape.length !== 2 || otherOutputs.length > 0) throw unfit('gives', '[n, k]', predict.outputs);
  return {
    // One batch as it comes: the number of images at a time was chosen when they were made.
    predict: (images) => predict.predict(images, { batchSize: images.shape[0] }) as Tensor2D,
    inputShape: input.shape.slice(1),
    outputCount: output.shape[1] ?? undefined,
  };
}

/** @throws SpineError `image-shape` if the predictor does not take images of this shape. */
export function checkInputShape({ inputShape }: Predictor, shape: ImageShape): void {
  if (inputShape === undefined || shape.every((side, axis) => (inputShape[axis] ?? side) === side)) return;
  const expected = inputShape.map((side) => side ?? 'any').join(', ');
  throw new SpineError(
    'image-shape',
    `The model takes images [${expected}], got [${shape.join(', ')}]. Preprocess the image as for a prediction.`,
  );
}

function unfit(verb: string, expected: string, symbols: LayersModel['inputs']): SpineError {
  const given = symbols.map(({ shape }) => `[${shape.map((side) => side ?? 'n').join(', ')}]`).join(' and ');
  return new SpineError(
    'model-invalid',
    `Only a model that ${verb} one tensor ${expected} can be explained; this one ${verb} ${given}. Wrap it in a function.`,
  );
}
