import { quoted } from '../../arguments.js';
import { untilAborted } from '../../async.js';
import type { Dataset } from '../../dataset/index.js';
import { sampleError, SpineError } from '../../errors.js';
import type { Values } from '../../network/index.js';
import { disposeValues, type ValueBatch, type ValueSource } from '../data/index.js';
import { mixRows } from './mixup.js';
import type { PreparedObjective, TargetReading } from './objective.js';

/** Samples of a step: what the network goes on from, and what it is to say. */
export interface TargetedBatch {
  /** Whoever receives them disposes them. */
  readonly values: Values;
  /** How many samples there are. */
  readonly size: number;
  /** A row for each sample. */
  readonly targets: Float32Array;
  /** [n, …]. */
  readonly targetShape: readonly number[];
}

/** A {@link ValueSource} with targets. */
export interface TargetedSource {
  readonly size: number;
  batches(order: readonly number[], epoch: number): AsyncGenerator<TargetedBatch, void, undefined>;
}

export interface TargetedSourceOptions extends Pick<TargetReading, 'stage'> {
  /** Where the source's samples are from. */
  readonly dataset: Dataset;
  readonly objective: PreparedObjective;
  readonly signal: AbortSignal | undefined;
}

/** Gives each batch of a source the targets of its samples, mixed as the samples are. */
export function targetedSource(
  source: ValueSource,
  { dataset, objective, stage, signal }: TargetedSourceOptions,
): TargetedSource {
  const { targetShape } = objective;
  const length = targetShape.reduce((product, side) => product * side, 1);

  async function rowOf(position: number, epoch: number): Promise<ArrayLike<number>> {
    const sample = dataset[position]!;
    let row: ArrayLike<number>;
    try {
      const reading = { epoch, ...(stage && { stage }), ...(signal && { signal }) };
      row = await untilAborted(Promise.resolve(objective.targetOf(sample, reading)), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw sampleError(`The target of sample "${sample.id}"`, error, sample.id, 'invalid-argument');
    }
    checkRow(row, sample.id, length, targetShape);
    return row;
  }

  async function targetsOf({ samples, epoch, mixture }: ValueBatch): Promise<Float32Array> {
    const rows = await Promise.all(samples.map((position) => rowOf(position, epoch)));
    if (mixture) return mixRows(rows, mixture, length);
    const targets = new Float32Array(length * rows.length);
    rows.forEach((row, index) => targets.set(row, index * length));
    return targets;
  }

  return {
    size: source.size,
    async *batches(order, epoch) {
      for await (const batch of source.batches(order, epoch)) {
        const { values, samples } = batch;
        let targets: Float32Array;
        try {
          targets = await targetsOf(batch);
        } catch (error) {
          disposeValues(values);
          throw error;
        }
        yield { values, size: samples.length, targets, targetShape: [samples.length, ...targetShape] };
      }
    },
  };
}

function checkRow(row: ArrayLike<number>, id: string, length: number, shape: readonly number[]): void {
  const given = row as ArrayLike<number> | null | undefined;
  if (given?.length !== length) {
    throw new SpineError(
      'invalid-argument',
      `The target of sample "${id}" must have the ${length} numbers of targetShape [${shape.join(', ')}], and has ${given?.length ?? 'none'}.`,
      { details: { id } },
    );
  }
  for (let index = 0; index < length; index++) {
    const number: unknown = row[index];
    if (Number.isFinite(number) && Number.isFinite(Math.fround(number as number))) continue;
    throw new SpineError(
      'invalid-argument',
      `The target of sample "${id}" holds ${quoted(number)}: give numbers that are finite in float32.`,
      { details: { id } },
    );
  }
}
