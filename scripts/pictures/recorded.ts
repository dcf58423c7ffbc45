import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Explanation, History } from 'spine-xray-ml';
import { ndarrayOf } from 'spine-xray-ml';
import type { ConfusionMatrix } from 'spine-xray-ml/report';
import { filmOf } from './films.js';

/** A rectangle of pixels that share one SHAP value, summed over channels. */
export type Block = readonly [top: number, left: number, height: number, width: number, value: number];

/** What a training came to, as far as pictures show it: minutes of work, kept in a file of a few kilobytes. */
export interface Recorded {
  readonly history: History;
  readonly confusion: ConfusionMatrix;
  readonly explanations: readonly RecordedExplanation[];
}

export interface RecordedExplanation {
  /** Index of the film among {@link filmOf}'s. */
  readonly film: number;
  readonly outputName: string;
  readonly baseValue: number;
  readonly outputValue: number;
  readonly evaluations: number;
  readonly blocks: readonly Block[];
}

export const recordedFile = fileURLToPath(new URL('recorded.json', import.meta.url));

export const readRecorded = (): Recorded => JSON.parse(readFileSync(recordedFile, 'utf8')) as Recorded;

/** Rectangles of equal values that cover `sums`, row-major of `width` columns. */
export function blocksOf(sums: ArrayLike<number>, width: number): Block[] {
  const height = sums.length / width;
  const covered = new Uint8Array(sums.length);
  const blocks: Block[] = [];
  for (let at = 0; at < sums.length; at++) {
    if (covered[at]) continue;
    const value = sums[at]!;
    const fits = (pixel: number) => !covered[pixel] && sums[pixel] === value;
    const [top, left] = [Math.floor(at / width), at % width];
    let right = left;
    while (right < width && fits(top * width + right)) right++;
    const isFull = (row: number) => {
      for (let x = left; x < right; x++) if (!fits(row * width + x)) return false;
      return true;
    };
    let bottom = top + 1;
    while (bottom < height && isFull(bottom)) bottom++;
    for (let row = top; row < bottom; row++) covered.fill(1, row * width + left, row * width + right);
    blocks.push([top, left, bottom - top, right - left, value]);
  }
  return blocks;
}

/** The explanation that was recorded, whole again but for which channel a value belongs to: all stand in the first. */
export async function explanationOf(recorded: RecordedExplanation): Promise<Explanation> {
  const image = await filmOf(recorded.film).load();
  const [height, width, channels] = image.shape as [number, number, number];
  const values = new Float64Array(height * width * channels);
  for (const [top, left, rows, columns, value] of recorded.blocks) {
    for (let y = top; y < top + rows; y++) {
      for (let x = left; x < left + columns; x++) values[(y * width + x) * channels] = value;
    }
  }
  return {
    image,
    values: ndarrayOf(values, [height, width, channels, 1]),
    baseValues: Float64Array.of(recorded.baseValue),
    outputValues: Float64Array.of(recorded.outputValue),
    outputNames: [recorded.outputName],
    outputIndices: [0],
    evaluations: recorded.evaluations,
    maxEvaluations: recorded.evaluations,
    batchSize: 10,
    fixedContext: null,
    masker: 'constant(0)',
  };
}
