import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from '../golden/metrics.json' with { type: 'json' };
import { isSpineError, metrics, ndarrayOf, type Predictions, type SpineErrorCode } from 'spine-xray-ml';
import { predictionsOf } from './predictions.js';

const { accuracy, classificationReport, confusionMatrix, predictedClasses } = metrics;

/** What tables of scikit-learn and sums in another order may differ by. */
const digits = 12;

describe('metrics against scikit-learn', () => {
  it.each(golden.cases)('$name', (reference) => {
    const predictions = predictionsOf(reference.classes, reference.truth, reference.predicted);
    expect(confusionMatrix(predictions)).toEqual({ classes: reference.classes, counts: reference.counts });
    expect(accuracy(predictions)).toBeCloseTo(reference.accuracy, digits);
    expect([...predictedClasses(predictions)]).toEqual(reference.predicted);

    const report = classificationReport(predictions);
    expect(report.accuracy).toBeCloseTo(reference.accuracy, digits);
    expect(Object.keys(report.perClass)).toEqual(reference.classes);
    const perClass = Object.entries<Record<string, number>>(reference.perClass);
    expect(perClass).toHaveLength(reference.classes.length);
    perClass.forEach(([name, row], index) => {
      const scores = report.perClass[name];
      expect(scores?.precision).toBeCloseTo(row['precision']!, digits);
      expect(scores?.recall).toBeCloseTo(row['recall']!, digits);
      expect(scores?.f1).toBeCloseTo(row['f1-score']!, digits);
      expect(scores?.specificity).toBeCloseTo(reference.specificity[index]!, digits);
      expect(scores?.support).toBe(row['support']);
    });
    for (const mean of ['macro', 'weighted'] as const) {
      expect(report[mean].precision).toBeCloseTo(reference[mean].precision, digits);
      expect(report[mean].recall).toBeCloseTo(reference[mean].recall, digits);
      expect(report[mean].f1).toBeCloseTo(reference[mean]['f1-score'], digits);
    }
  });
});

/** Labels and predictions of a few classes. */
const outcomes = fc
  .integer({ min: 1, max: 6 })
  .chain((k) =>
    fc.array(fc.tuple(fc.nat(k - 1), fc.nat(k - 1)), { minLength: 1, maxLength: 60 }).map((pairs) => ({ k, pairs })),
  )
  .map(({ k, pairs }) =>
    predictionsOf(
      Array.from({ length: k }, (_, index) => `class ${index}`),
      pairs.map(([truth]) => truth),
      pairs.map(([, predicted]) => predicted),
    ),
  );

describe('laws of the metrics', () => {
  it('weighted recall is the accuracy', () => {
    fc.assert(
      fc.property(outcomes, (predictions) => {
        const report = classificationReport(predictions);
        expect(report.weighted.recall).toBeCloseTo(report.accuracy, digits);
        expect(report.accuracy).toBe(accuracy(predictions));
      }),
    );
  });

  it('every score lies in [0, 1], and F1 between precision and recall', () => {
    fc.assert(
      fc.property(outcomes, (predictions) => {
        const report = classificationReport(predictions);
        for (const { precision, recall, specificity, f1 } of [
          ...Object.values(report.perClass),
          report.macro,
          report.weighted,
        ]) {
          for (const score of [precision, recall, specificity, f1]) expect(score >= 0 && score <= 1 + 1e-12).toBe(true);
        }
        for (const { precision, recall, f1 } of Object.values(report.perClass)) {
          expect(f1).toBeGreaterThanOrEqual(Math.min(precision, recall) - 1e-12);
          expect(f1).toBeLessThanOrEqual(Math.max(precision, recall) + 1e-12);
        }
      }),
    );
  });

  it('the confusion matrix counts every sample once, rows by truth and columns by prediction', () => {
    fc.assert(
      fc.property(outcomes, (predictions) => {
        const { counts } = confusionMatrix(predictions);
        const predicted = predictedClasses(predictions);
        predictions.classes.forEach((_, index) => {
          const row = (counts[index] ?? []).reduce((sum, count) => sum + count, 0);
          const column = counts.reduce((sum, each) => sum + (each[index] ?? NaN), 0);
          expect(row).toBe(predictions.truth.filter((label) => label === index).length);
          expect(column).toBe(predicted.filter((label) => label === index).length);
        });
      }),
    );
  });

  it('with two classes, the recall of one is the specificity of the other', () => {
    const { perClass } = classificationReport(predictionsOf(['a', 'b'], [0, 0, 0, 1, 1], [0, 1, 0, 1, 1]));
    expect(perClass['a']?.recall).toBe(perClass['b']?.specificity);
    expect(perClass['a']?.specificity).toBe(perClass['b']?.recall);
  });
});

describe('predictedClasses', () => {
  it('takes the first of equally probable classes, and reads strided views', () => {
    const columns = ndarrayOf(new Float32Array([0.4, 0.2, 0.4, 0.4, 0.2, 0.4]), [2, 3], [1, 2]);
    const ids = ['a', 'b'];
    const predictions: Predictions = {
      classes: ['x', 'y', 'z'],
      ids,
      groups: ids,
      truth: Int32Array.from([-1, 0]),
      probabilities: columns,
    };
    // Rows [0.4, 0.4, 0.2] and [0.2, 0.4, 0.4].
    expect([...predictedClasses(predictions)]).toEqual([0, 1]);
  });
});

describe('refusals', () => {
  const sound = predictionsOf(['a', 'b'], [0, 1, 1], [0, 1, 0]);
  const cases: [string, Predictions, SpineErrorCode, RegExp][] = [
    ['a sample without label', { ...sound, truth: Int32Array.from([0, -1, 1]) }, 'label-missing', /"film 1" has none/],
    ['no prediction', predictionsOf(['a', 'b'], [], []), 'dataset-empty', /no prediction/],
    ['no class', { ...sound, classes: [] }, 'invalid-argument', /classes is empty/],
    ['a class named twice', { ...sound, classes: ['a', 'a'] }, 'invalid-argument', /twice/],
    [
      'probabilities of another width',
      { ...sound, classes: ['a', 'b', 'c'] },
      'invalid-argument',
      /\[3, 2\].*\[3, 3\]/,
    ],
    [
      'probabilities of another rank',
      { ...sound, probabilities: ndarrayOf(new Float32Array(6), [6]) },
      'invalid-argument',
      /shape \[6\]/,
    ],
    ['truth of another length', { ...sound, truth: Int32Array.from([0]) }, 'invalid-argument', /1 entries for 3 ids/],
    ['groups of another length', { ...sound, groups: ['a'] }, 'invalid-argument', /groups has 1 entries/],
    ['a truth that is no class', { ...sound, truth: Int32Array.from([0, 2, 1]) }, 'invalid-argument', /2 for "film 1"/],
    ['a truth below −1', { ...sound, truth: Int32Array.from([0, -2, 1]) }, 'invalid-argument', /-2 for "film 1"/],
    [
      'NaN',
      { ...sound, probabilities: ndarrayOf(new Float32Array([0, 1, NaN, 0, 1, 0]), [3, 2]) },
      'invalid-argument',
      /NaN for "film 1"/,
    ],
  ];

  it.each(cases)('%s', (_, predictions, code, message) => {
    for (const measure of [accuracy, confusionMatrix, classificationReport]) {
      let caught: unknown;
      try {
        measure(predictions);
      } catch (error) {
        caught = error;
      }
      expect(isSpineError(caught, code)).toBe(true);
      expect((caught as Error).message).toMatch(message);
    }
  });
});
