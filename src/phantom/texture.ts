import { createRandom, type Random } from '../random.js';

/**
 * Mottle of muscle, fat and bowel in one projection, to be scaled by the tissue it lies in: mean 0, at most about 0.3.
 */
export function tissueTexture(seed: number, projection: string): (x: number, y: number) => number {
  const coarse = valueNoise(createRandom(seed, projection, 'coarse'), 31);
  const fine = valueNoise(createRandom(seed, projection, 'fine'), 11);
  return (x, y) => 0.065 * coarse(x, y) + 0.04 * fine(x, y);
}

/** Normal values on a grid of `spacing` millimetres, interpolated smoothly; it repeats outside of the field. */
function valueNoise(random: Random, spacing: number): (x: number, y: number) => number {
  const side = 40;
  const values = Float64Array.from({ length: side * side }, () => random.normal());
  return (x, y) => {
    const u = x / spacing + 4 * side;
    const v = y / spacing + 4 * side;
    const column = Math.floor(u);
    const row = Math.floor(v);
    const s = ease(u - column);
    const t = ease(v - row);
    const left = column % side;
    const right = (column + 1) % side;
    const upper = (row % side) * side;
    const lower = ((row + 1) % side) * side;
    const above = values[upper + left]! + s * (values[upper + right]! - values[upper + left]!);
    const below = values[lower + left]! + s * (values[lower + right]! - values[lower + left]!);
    return above + t * (below - above);
  };
}

const ease = (t: number) => t * t * (3 - 2 * t);
