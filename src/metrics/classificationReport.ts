import { confusionMatrix, type ConfusionMatrix } from './confusionMatrix.js';
import type { Predictions } from '../predictions/index.js';

/** Proportions in [0, 1]; 0 where there is nothing to divide by. */
export interface Scores {
  /** Of what was called this class, how much is (formula 11). */
  readonly precision: number;
  /** Of what is this class, how much was called so: sensitivity (formula 12). */
  readonly recall: number;
  /** Of what is another class, how much was not called this one. */
  readonly specificity: number;
  /** The harmonic mean of precision and recall (formula 9). */
  readonly f1: number;
}

/** The scores of one class, and the number of its samples. */
export interface ClassScores extends Scores {
  readonly support: number;
}

/** What {@link classificationReport} gives. */
export interface ClassificationReport {
  /** Correct predictions of all (formula 10). */
  readonly accuracy: number;
  /** By class name. */
  readonly perClass: Readonly<Record<string, ClassScores>>;
  /** Means over the classes. Every class counts alike, one without samples too. */
  readonly macro: Scores;
  /** Means over the classes weighted by support. Its recall is the accuracy. */
  readonly weighted: Scores;
}

/**
 * The proportion of correct predictions, (TP + TN) / all (formula 10).
 *
 * @throws SpineError `label-missing`, naming samples without a label; `dataset-empty`; `invalid-argument`.
 */
export function accuracy(predictions: Predictions): number {
  return proportionCorrect(confusionMatrix(predictions));
}

/**
 * Accuracy, precision, recall and F1 (the paper's formulas 9–12) and specificity, for each class against the others,
 * and their means. Agrees with scikit-learn's `classification_report` where `labels` are all classes and
 * `zero_division` is 0.
 *
 * @throws SpineError `label-missing`, naming samples without a label; `dataset-empty`; `invalid-argument`.
 */
export function classificationReport(predictions: Predictions): ClassificationReport {
  const matrix = confusionMatrix(predictions);
  const scores = matrix.classes.map((_, index) => classScores(matrix, index));
  return {
    accuracy: proportionCorrect(matrix),
    perClass: Object.fromEntries(matrix.classes.map((name, index) => [name, scores[index]!])),
    macro: mean(scores, () => 1),
    weighted: mean(scores, ({ support }) => support),
  };
}

function proportionCorrect({ counts }: ConfusionMatrix): number {
  return ratio(sum(counts.map((row, index) => row[index]!)), sum(counts.flat()));
}

function classScores({ counts }: ConfusionMatrix, index: number): ClassScores {
  const row = counts[index]!;
  const support = sum(row);
  const called = sum(counts.map((other) => other[index]!));
  const all = sum(counts.flat());

  const truePositives = row[index]!;
  const falsePositives = called - truePositives;
  const falseNegatives = support - truePositives;
  const trueNegatives = all - truePositives - falsePositives - falseNegatives;
  return {
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    specificity: ratio(trueNegatives, trueNegatives + falsePositives),
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    support,
  };
}

function mean(scores: readonly ClassScores[], weightOf: (scores: ClassScores) => number): Scores {
  const total = sum(scores.map(weightOf));
  const meanOf = (score: keyof Scores) => ratio(sum(scores.map((each) => weightOf(each) * each[score])), total);
  return {
    precision: meanOf('precision'),
    recall: meanOf('recall'),
    specificity: meanOf('specificity'),
    f1: meanOf('f1'),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
