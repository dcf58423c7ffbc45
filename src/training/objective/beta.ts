import type { Random } from '../../random.js';

/** A number of the distribution Beta(α, α), 0 … 1. */
export function drawBeta(random: Random, alpha: number): number {
  const difference = logGamma(random, alpha) - logGamma(random, alpha);
  return 1 / (1 + Math.exp(difference));
}

/**
 * The logarithm of a number of the distribution Gamma(α, 1) (Marsaglia and Tsang, 2000). As a logarithm, since such
 * numbers are too small for a float where α is near 0.
 */
function logGamma(random: Random, alpha: number): number {
  // 1 − u lies in (0, 1], so the logarithm is finite.
  if (alpha < 1) return logGamma(random, alpha + 1) + Math.log(1 - random.uniform()) / alpha;
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    const u = 1 - random.uniform();
    if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
