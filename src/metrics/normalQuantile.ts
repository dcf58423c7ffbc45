/**
 * The z for which a standard normal variable lies in [−z, z] with the given probability, to about 14 digits.
 *
 * @param probability in (0, 1).
 */
export function twoSidedQuantile(probability: number): number {
  const tail = (1 - probability) / 2;
  let low = 0;
  let high = 40;
  let z = 1;
  for (let step = 0; step < 200; step++) {
    const excess = upperTail(z) - tail;
    if (excess > 0) low = z;
    else high = z;
    // Newton's step on the logarithm of the tail, which is nearly straight in z²; bisection where it leaves the bracket.
    const newton = z + (Math.log(upperTail(z) / tail) * upperTail(z)) / density(z);
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - z) <= Number.EPSILON * z) return next;
    z = next;
  }
  return z;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** The probability of a standard normal variable above z ≥ 0. */
function upperTail(z: number): number {
  return z < 3 ? 0.5 - centre(z) : density(z) / inverseMills(z);
}

/** The probability between 0 and z: density(z) · (z + z³/3 + z⁵/(3·5) + …), all terms positive. */
function centre(z: number): number {
  let term = z;
  let series = z;
  for (let odd = 3; term > series * 1e-17; odd += 2) {
    term *= (z * z) / odd;
    series += term;
  }
  return density(z) * series;
}

/** density(z) / upperTail(z) by Laplace's continued fraction z + 1/(z + 2/(z + 3/(z + …))), which converges fast from 3 on. */
function inverseMills(z: number): number {
  let fraction = z;
  for (let level = 120; level > 0; level--) fraction = z + level / fraction;
  return fraction;
}
