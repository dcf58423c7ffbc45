import type { NdArray } from 'ndarray';
import { SpineError } from '../../errors.js';
import { rowMajor } from '../../ndarray.js';

type Floats = Float32Array | Float64Array;

/**
 * Refuses a weight that holds NaN or infinity, also what float32 cannot hold: one spoils every output.
 *
 * @throws SpineError `weights-values`.
 */
export function requireFinite(name: string, weight: NdArray<Floats>): void {
  const values = inAnyOrder(weight);
  if (areFinite(values)) return;
  const odd = Array.from(values).filter((value) => !Number.isFinite(Math.fround(value)));
  const others = odd.length > 1 ? ` and ${odd.length - 1} more such values` : '';
  throw new SpineError(
    'weights-values',
    `The weight "${name}" holds ${odd[0]}${others}: no finite float32, and the model would give nothing but NaN. It comes from a training that diverged or from a damaged file: take an earlier checkpoint, or get the file again.`,
    { details: { name, count: odd.length, shape: [...weight.shape] } },
  );
}

/** The numbers of an array without a copy, where its memory holds no others; which comes first does not matter. */
function inAnyOrder(weight: NdArray<Floats>): Floats {
  return weight.offset === 0 && weight.size === weight.data.length ? weight.data : rowMajor(weight);
}

/**
 * Zero times a finite number is zero, and times any other NaN: a sum, and no branch for each of millions of weights.
 * Four at a time, which need not wait for each other; as numbers of 64 bits, four of 32 never overflow.
 */
function areFinite(values: Floats): boolean {
  const fours = values instanceof Float32Array ? values.length - (values.length % 4) : 0;
  let sum = 0;
  for (let i = 0; i < fours; i += 4) {
    sum += (values[i]! + values[i + 1]! + (values[i + 2]! + values[i + 3]!)) * 0;
  }
  for (let i = fours; i < values.length; i++) sum += Math.fround(values[i]!) * 0;
  return sum === 0;
}
