import { expect, it } from 'vitest';
import { phantomClasses, phantomDataset } from 'spine-xray-ml/phantom';

/**
 * What can be told without seeing the finding. A network must reach 0.90 on phantoms; these baselines must not come
 * near it, or it would be unclear what the network had learned. Rendered at half size, which a thumbnail cannot tell
 * from full size.
 */
const size = 224;
const side = 18;

interface Features {
  readonly thumbnails: number[][];
  readonly statistics: number[][];
  readonly truth: number[];
}

async function featuresOf(seed: number, total: number): Promise<Features> {
  const features: Features = { thumbnails: [], statistics: [], truth: [] };
  for (const sample of phantomDataset({ seed, total, size })) {
    const values = (await sample.load()).data as Uint8Array;
    features.thumbnails.push(thumbnailOf(values));
    features.statistics.push(statisticsOf(values));
    features.truth.push(phantomClasses.indexOf(sample.label as (typeof phantomClasses)[number]));
  }
  return features;
}

function thumbnailOf(values: Uint8Array): number[] {
  const sums = new Array<number>(side * side).fill(0);
  const counts = new Array<number>(side * side).fill(0);
  values.forEach((value, at) => {
    const cell = Math.floor((Math.floor(at / size) * side) / size) * side + Math.floor(((at % size) * side) / size);
    sums[cell]! += value;
    counts[cell]! += 1;
  });
  return sums.map((sum, cell) => sum / counts[cell]!);
}

/** Mean, deviation, extremes and the border's mean. */
function statisticsOf(values: Uint8Array): number[] {
  let [sum, squares, border, borderCount, dark, bright] = [0, 0, 0, 0, 0, 0];
  values.forEach((value, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    sum += value;
    squares += value * value;
    if (value < 20) dark++;
    if (value > 220) bright++;
    if (Math.min(row, column, size - 1 - row, size - 1 - column) < 6) {
      border += value;
      borderCount++;
    }
  });
  const mean = sum / values.length;
  return [
    mean,
    Math.sqrt(squares / values.length - mean ** 2),
    border / borderCount,
    dark / values.length,
    bright / values.length,
  ];
}

/** Accuracy on `test` of a multinomial logistic regression fitted to `train`: standardised, L2, gradient descent with momentum. */
function logisticAccuracy(
  train: number[][],
  trainTruth: number[],
  test: number[][],
  testTruth: number[],
  penalty: number,
): number {
  const width = train[0]!.length;
  const means = train[0]!.map((_, j) => train.reduce((sum, row) => sum + row[j]!, 0) / train.length);
  const deviations = means.map(
    (mean, j) => Math.sqrt(train.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / train.length) || 1,
  );
  const standardised = (rows: number[][]) =>
    rows.map((row) => Float64Array.from([...row.map((value, j) => (value - means[j]!) / deviations[j]!), 1]));
  const [fitRows, testRows] = [standardised(train), standardised(test)];

  const weights = phantomClasses.map(() => new Float64Array(width + 1));
  const velocity = phantomClasses.map(() => new Float64Array(width + 1));
  const probabilities = (row: Float64Array) => {
    const scores = weights.map((weight) => weight.reduce((sum, value, j) => sum + value * row[j]!, 0));
    const highest = Math.max(...scores);
    const exponentials = scores.map((score) => Math.exp(score - highest));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    return exponentials.map((value) => value / total);
  };
  const rate = 1 / ((width + 1) / 8 + penalty);
  for (let step = 0; step < 300; step++) {
    const gradient = weights.map((weight) => weight.map((value, j) => (j < width ? penalty * value : 0)));
    fitRows.forEach((row, i) => {
      probabilities(row).forEach((probability, c) => {
        const error = (probability - (trainTruth[i] === c ? 1 : 0)) / fitRows.length;
        const target = gradient[c]!;
        for (let j = 0; j <= width; j++) target[j]! += error * row[j]!;
      });
    });
    weights.forEach((weight, c) => {
      for (let j = 0; j <= width; j++) {
        velocity[c]![j] = 0.9 * velocity[c]![j]! - rate * gradient[c]![j]!;
        weight[j]! += velocity[c]![j]!;
      }
    });
  }
  const right = testRows.filter((row, i) => {
    const p = probabilities(row);
    return p.indexOf(Math.max(...p)) === testTruth[i];
  }).length;
  return right / testRows.length;
}

it('a thumbnail tells far less than the finding, and the image’s statistics nothing', async () => {
  const train = await featuresOf(101, 400);
  const unseen = await featuresOf(202, 200);

  // The solver works: it must find what is put into the features. Without this, "low accuracy" would prove nothing.
  const leaked = ({ statistics, truth }: Features) =>
    statistics.map((row, i) => [...row, truth[i] === 1 ? 1 : 0, truth[i] === 2 ? 1 : 0]);
  expect(logisticAccuracy(leaked(train), train.truth, leaked(unseen), unseen.truth, 0.001)).toBe(1);

  const thumbnail = [0.003, 0.03, 0.3].map((penalty) =>
    logisticAccuracy(train.thumbnails, train.truth, unseen.thumbnails, unseen.truth, penalty),
  );
  const statistics = logisticAccuracy(train.statistics, train.truth, unseen.statistics, unseen.truth, 0.001);
  expect(Math.max(...thumbnail), `accuracies on thumbnails: ${thumbnail.join(', ')}`).toBeLessThan(0.65);
  // Chance is 1/3; three standard errors of 200 samples are 0.1.
  expect(statistics).toBeLessThan(0.434);
});
