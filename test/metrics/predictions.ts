import { ndarrayOf, type Predictions } from 'spine-xray-ml';

/** Predictions whose most probable classes are `predicted`. */
export function predictionsOf(
  classes: readonly string[],
  truth: readonly number[],
  predicted: readonly number[],
): Predictions {
  const k = classes.length;
  const probabilities = new Float32Array(truth.length * k).fill(0.4 / Math.max(1, k - 1));
  predicted.forEach((column, row) => (probabilities[row * k + column] = 0.6));
  const ids = truth.map((_, row) => `film ${row}`);
  return {
    classes,
    ids,
    groups: ids,
    truth: Int32Array.from(truth),
    probabilities: ndarrayOf(probabilities, [truth.length, k]),
  };
}
