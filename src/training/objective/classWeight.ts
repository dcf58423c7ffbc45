import { isPlainObject, nearest, quoted } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import type { Rule } from '../../options.js';

/**
 * How much each class counts in the training loss: 'balanced', in inverse proportion to its frequency as scikit-learn
 * does (n / (k · count)), or a weight by class name (1 where a name is absent).
 */
export type ClassWeight = 'balanced' | Readonly<Record<string, number>>;

/** What it must be is found out by {@link checkClassWeight}, which knows the classes. */
export const classWeightRule: Rule<ClassWeight> = {
  expects: `'balanced' or weights by class name`,
  accepts: () => true,
};

/**
 * The weight of each class, in the order of `classes`.
 *
 * @throws SpineError as {@link checkClassWeight} does.
 */
export function classWeights(
  weight: ClassWeight | undefined,
  classes: readonly string[],
  labels: Int32Array,
): Float32Array {
  checkClassWeight(weight, classes);
  if (weight === undefined) return new Float32Array(classes.length).fill(1);
  if (weight === 'balanced') {
    const counts = classes.map((_, index) => labels.reduce((count, label) => count + Number(label === index), 0));
    const present = counts.filter((count) => count > 0).length;
    return Float32Array.from(counts, (count) => (count === 0 ? 0 : labels.length / (present * count)));
  }
  return Float32Array.from(classes, (name) => weight[name] ?? 1);
}

/** @throws SpineError `invalid-argument`; `unknown-label` for the weight of a class that there is not. */
export function checkClassWeight(weight: ClassWeight | undefined, classes: readonly string[]): void {
  if (weight === undefined || weight === 'balanced') return;
  if (!isPlainObject(weight)) {
    const hint =
      typeof weight === 'string' && nearest(weight, ['balanced']) !== undefined ? " Do you mean 'balanced'?" : '';
    throw new SpineError(
      'invalid-argument',
      `classWeight must be 'balanced' or weights by class name, such as { ${JSON.stringify(classes[0])}: 2 }, got ${quoted(weight)}.${hint}`,
    );
  }
  for (const [name, value] of Object.entries(weight)) {
    if (!classes.includes(name)) {
      throw new SpineError(
        'unknown-label',
        `classWeight names "${name}", which is not among the classes ${classes.join(', ')}.`,
      );
    }
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new SpineError(
        'invalid-argument',
        `classWeight of "${name}" must be a number of at least 0, got ${value}.`,
      );
    }
  }
}
