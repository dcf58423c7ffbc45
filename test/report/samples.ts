import { createRandom, ndarrayOf, type Explanation, type History, type Predictions, type Sample } from 'spine-xray-ml';

/** Samples of each class with a small grey strip each. */
export function strips(classes: readonly string[], perClass: number, prefix = ''): Sample[] {
  return classes.flatMap((label) =>
    Array.from({ length: perClass }, (_, index) => ({
      id: `${prefix}${label}-${index}`,
      label,
      load: () =>
        Promise.resolve(
          ndarrayOf(
            Uint8Array.from({ length: 40 * 10 }, (_, i) => (i * 7 + index) % 256),
            [40, 10, 1],
          ),
        ),
    })),
  );
}

/** Predictions for `total` samples, of which about `share` are right. */
export function predictions(classes: readonly string[], total: number, share: number, seed: number): Predictions {
  const random = createRandom(seed);
  const truth = Int32Array.from({ length: total }, (_, row) => row % classes.length);
  const probabilities = new Float32Array(total * classes.length).fill(0.1 / classes.length);
  truth.forEach((label, row) => {
    const said = random.chance(share) ? label : random.integer(0, classes.length - 1);
    probabilities[row * classes.length + said] = 0.9;
  });
  const ids = Array.from(truth, (_, row) => `image-${row}`);
  return { classes, ids, groups: ids, truth, probabilities: ndarrayOf(probabilities, [total, classes.length]) };
}

/** A history of two stages. */
export const history: History = {
  stages: [
    { name: 'transfer learning', bestEpoch: 3, epochs: epochs(4, 0.6) },
    { name: 'fine tuning', bestEpoch: 2, epochs: epochs(2, 0.9) },
  ],
};

function epochs(count: number, start: number) {
  return Array.from({ length: count }, (_, index) => ({
    epoch: index + 1,
    loss: 1 - 0.1 * index,
    accuracy: start + 0.02 * index,
    validationLoss: 1.1 - 0.1 * index,
    validationAccuracy: start + 0.01 * index,
    learningRate: 0.001,
    seconds: 1.5,
  }));
}

/** A history of an objective that counts two things, neither of them accuracy. */
export const foundHistory: History<'cellsFound' | 'overlap'> = {
  stages: [
    {
      name: 'finding',
      bestEpoch: 2,
      epochs: [1, 2, 3].map((epoch) => ({
        epoch,
        loss: 2 - epoch / 2,
        cellsFound: 10 * epoch,
        overlap: 0.25 * epoch,
        validationLoss: 2.5 - epoch / 2,
        validationCellsFound: 8 * epoch,
        validationOverlap: 0.125 * epoch,
        learningRate: 0.001,
        seconds: 1,
      })),
    },
  ],
};

/** An explanation of a grey ramp whose values are `value(row, column, channel, output)`. */
export function explanation(
  shape: readonly [height: number, width: number, channels: 1 | 3],
  outputNames: readonly string[],
  value: (row: number, column: number, channel: number, output: number) => number,
): Explanation {
  const [height, width, channels] = shape;
  const outputs = outputNames.length;
  const values = Float64Array.from({ length: height * width * channels * outputs }, (_, at) => {
    const pixel = Math.floor(at / (channels * outputs));
    return value(Math.floor(pixel / width), pixel % width, Math.floor(at / outputs) % channels, at % outputs);
  });
  return {
    image: ndarrayOf(
      Float32Array.from({ length: height * width * channels }, (_, at) => at / (height * width * channels)),
      shape,
    ),
    values: ndarrayOf(values, [height, width, channels, outputs]),
    baseValues: Float64Array.from(outputNames, (_, output) => 0.1 + 0.1 * output),
    outputValues: Float64Array.from(outputNames, (_, output) => 0.9 - 0.3 * output),
    outputNames,
    outputIndices: outputNames.map((_, output) => output),
    evaluations: 100,
    maxEvaluations: 100,
    batchSize: 10,
    fixedContext: null,
    masker: 'constant 0',
  };
}
