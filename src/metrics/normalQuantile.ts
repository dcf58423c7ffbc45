/**
 * The z for which a standard normal variable lies in [−z, z] with the given probability, to about 14 digits.
 *
 * @param probability in (0, 1).
 */
export function twoSidedQuantile(probability: number): number {
  // Each of the two is solved where it loses no digits. Newton's method converges from these starts, since the first
  // function is concave and so is the logarithm of the second, which is nearly straight in z².
  if (probability < 0.5) return newton(0, (z) => (probability / 2 - centre(z)) / density(z));
  const tail = (1 - probability) / 2;
  return newton(1, (z) => (Math.log(upperTail(z) / tail) * upperTail(z)) / density(z));
}

function newton(start: number, step: (z: number) => number): number {
  let z = start;
  for (let round = 0; round < 100; round++) {
    const change = step(z);
    z += change;
    if (Math.abs(change) <= 4 * Number.EPSILON * z) break;
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

/**
 * density(z) / upperTail(z) by Laplace's continued fraction z + 1/(z + 2/(z + 3/(z + …))), which converges fast from 3
 * on.
 */
function inverseMills(z: number): number {
  let fraction = z;
  for (let level = 120; level > 0; level--) fraction = z + level / fraction;
  return fraction;
}
