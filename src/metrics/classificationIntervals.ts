import { checkMatrix } from '../dataRules.js';
import type { ConfusionMatrix } from './confusionMatrix.js';
import { wilson, wilsonDefaults, type Interval } from './wilson.js';

/** Intervals of one class's proportions; one is absent where nothing was counted: no prediction of it, no sample. */
export interface ClassIntervals {
  readonly precision?: Interval;
  readonly recall?: Interval;
  readonly specificity?: Interval;
}

/** What {@link classificationIntervals} gives. */
export interface ClassificationIntervals {
  readonly accuracy: Interval;
  /** By class name. */
  readonly perClass: Readonly<Record<string, ClassIntervals>>;
}

/**
 * Wilson's intervals of the figures of a classification report that are proportions of counted samples: accuracy, and
 * precision, recall and specificity of each class. F1 and the means over classes are not proportions, so they have none
 * here; that would take a bootstrap. Precision is taken given how often its class was predicted.
 *
 * @param matrix of one sample or more, which must be independent of each other.
 * @param confidence in (0, 1), default 0.95.
 * @throws SpineError `invalid-argument` for a confidence out of range, what is no square matrix, or one without samples.
 */
export function classificationIntervals(
  matrix: ConfusionMatrix,
  confidence: number = wilsonDefaults.confidence,
): ClassificationIntervals {
  checkMatrix(matrix);
  const { classes, counts } = matrix;
  const all = sum(counts.flat());
  const correct = sum(counts.map((row, index) => row[index]!));
  return {
    accuracy: wilson(correct, all, confidence),
    perClass: Object.fromEntries(classes.map((name, index) => [name, classIntervals(counts, index, all, confidence)])),
  };
}

function classIntervals(
  counts: ConfusionMatrix['counts'],
  index: number,
  all: number,
  confidence: number,
): ClassIntervals {
  const row = counts[index]!;
  const right = row[index]!;
  const support = sum(row);
  const called = sum(counts.map((other) => other[index]!));
  const others = all - support;
  return {
    ...(called > 0 && { precision: wilson(right, called, confidence) }),
    ...(support > 0 && { recall: wilson(right, support, confidence) }),
    ...(others > 0 && { specificity: wilson(others - (called - right), others, confidence) }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
