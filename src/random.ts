import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { quoted } from './arguments.js';
import { SpineError } from './errors.js';

/** A stream of random numbers that depends on its seed and keys alone. */
export interface Random {
  /** Uniform in [low, high); [0, 1) by default. */
  uniform(low?: number, high?: number): number;
  /** Uniform over the integers low … high, both included. */
  integer(low: number, high: number): number;
  /** True with the given probability. Always consumes one number. */
  chance(probability: number): boolean;
  /** Normal with the given mean and standard deviation (Box–Muller). */
  normal(mean?: number, standardDeviation?: number): number;
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream named by `keys`: the same whatever was drawn from this one before. */
  fork(...keys: readonly (string | number)[]): Random;
}

/**
 * A stream for `seed`, and for `keys` under it. Streams of different seeds or keys are independent, so results do not
 * depend on the order in which work is done, nor on how it is batched.
 *
 * @param seed an integer that can be represented exactly (|seed| ≤ 2⁵³ − 1).
 * @throws SpineError `invalid-argument` if the seed is missing or not such an integer: chance is never a default.
 */
export function createRandom(seed: number, ...keys: readonly (string | number)[]): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new SpineError(
      'invalid-argument',
      `seed must be an integer, got ${quoted(seed)}. Pass one, and keep it with the results.`,
    );
  }
  return stream([seed, ...keys]);
}

function stream(path: readonly (string | number)[]): Random {
  const generator = xoroshiro128plusFromState(hash128(path));

  const uniform = (low = 0, high = 1) => low + (high - low) * uniformFloat64(generator);
  const integer = (low: number, high: number) => uniformInt(generator, low, high);
  return {
    uniform,
    integer,
    chance: (probability) => uniformFloat64(generator) < probability,
    normal(mean = 0, standardDeviation = 1) {
      // 1 − u lies in (0, 1], so the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
      return mean + standardDeviation * radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    },
    shuffle<T>(items: readonly T[]): T[] {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(0, last);
        [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
      }
      return shuffled;
    },
    fork: (...keys) => stream([...path, ...keys]),
  };
}

/** Four 32-bit words from a path of keys; distinct paths differ in their text, since keys are quoted. */
function hash128(path: readonly (string | number)[]): [number, number, number, number] {
  const text = JSON.stringify(path);
  const words: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      words[lane] = mix(words[lane]! ^ Math.imul(unit + lane + 1, 0x85ebca6b));
    }
  }
  for (let round = 0; round < 2; round++) {
    for (let lane = 0; lane < 4; lane++) words[lane] = mix(words[lane]! + words[(lane + 1) % 4]!);
  }
  // The all-zero state is the generator's only fixed point.
  if (words.every((word) => word === 0)) words[0] = 1;
  return words;
}

/** The 32-bit finalizer of MurmurHash3, a bijection in which every input bit affects every output bit. */
function mix(word: number): number {
  word ^= word >>> 16;
  word = Math.imul(word, 0x85ebca6b);
  word ^= word >>> 13;
  word = Math.imul(word, 0xc2b2ae35);
  return (word ^ (word >>> 16)) | 0;
}
