import * as tf from '@tensorflow/tfjs-core';
import type { Operation } from './operation.js';

/** Operations whose gradient depends on shapes alone: they read nothing in the backward pass. */
interface Shaping {
  readonly forward: (inputs: readonly tf.Tensor[]) => tf.Tensor;
  readonly backward: (dy: tf.Tensor, shapes: readonly (readonly number[])[]) => readonly tf.Tensor[];
}

function shaping(
  inputs: readonly number[],
  output: number,
  isCostly: boolean,
  { forward, backward }: Shaping,
): Operation {
  return {
    inputs,
    output,
    isCostly,
    reads: { inputs: false, output: false },
    variables: [],
    forward,
    backward: ({ dy, inputShapes }) => ({ inputs: backward(dy, inputShapes), variables: new Map() }),
  };
}

/** The sum of values of one shape. Kept: to compute it again would take the sums before it, down to the first. */
export function addOperation(inputs: readonly number[], output: number): Operation {
  return shaping(inputs, output, true, {
    forward: (terms) => (terms.length === 2 ? tf.add(terms[0]!, terms[1]!) : tf.addN([...terms])),
    backward: (dy, shapes) => shapes.map(() => tf.clone(dy)),
  });
}

/** Values behind each other along the last axis. */
export function concatenateOperation(inputs: readonly number[], output: number): Operation {
  return shaping(inputs, output, true, {
    forward: (parts) => tf.concat([...parts], -1),
    backward: (dy, shapes) =>
      tf.split(
        dy,
        shapes.map((shape) => shape.at(-1)!),
        -1,
      ),
  });
}

/** The mean of each feature map: [batch, height, width, channels] → [batch, channels]. */
export function globalAveragePoolingOperation(inputs: readonly number[], output: number): Operation {
  return shaping(inputs, output, true, {
    forward: ([x]) => tf.mean(x!, [1, 2]),
    backward: (dy, [shape]) => {
      const [batch, height, width, channels] = shape as [number, number, number, number];
      const share = tf.reshape(tf.div(dy, height * width), [batch, 1, 1, channels]);
      // A product, since wasm's broadcastTo is slow.
      return [tf.mul(share, tf.ones([batch, height, width, channels]))];
    },
  });
}
