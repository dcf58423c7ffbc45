import { describe, expect, it } from 'vitest';
import { classificationIntervals, wilson } from 'spine-xray-ml/metrics';

describe('classificationIntervals', () => {
  it('gives Wilson’s interval of each proportion of a class, counted by hand', () => {
    const { accuracy, perClass } = classificationIntervals(
      {
        classes: ['a', 'b', 'c'],
        counts: [
          [5, 2, 0],
          [1, 9, 0],
          [3, 0, 0],
        ],
      },
      0.9,
    );
    expect(accuracy).toEqual(wilson(14, 20, 0.9));
    expect(perClass['a']).toEqual({
      precision: wilson(5, 9, 0.9),
      recall: wilson(5, 7, 0.9),
      specificity: wilson(9, 13, 0.9),
    });
    expect(perClass['b']).toEqual({
      precision: wilson(9, 11, 0.9),
      recall: wilson(9, 10, 0.9),
      specificity: wilson(8, 10, 0.9),
    });
    // Never predicted: nothing to be precise about.
    expect(perClass['c']).toEqual({ recall: wilson(0, 3, 0.9), specificity: wilson(17, 17, 0.9) });
  });

  it.each<[unknown, RegExp]>([
    [undefined, /^matrix must be a confusion matrix \{ classes, counts \}, got undefined/],
    [{}, /^matrix\.classes must be a list of names, got undefined/],
    [{ classes: ['a'] }, /^matrix\.counts must be a list of rows.*, got undefined/],
    [{ classes: ['a'], counts: [['1']] }, /^matrix\.counts must be .* got \[\["1"\]\]/],
    [
      { classes: ['a', 'b'], counts: [[1, 2], [3]] },
      /of 2 classes must have as many rows and columns, got 2 rows of 2, 1/,
    ],
  ])('refuses %j', (matrix, message) => {
    expect(() => classificationIntervals(matrix as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) as string }),
    );
  });

  it('leaves out what was not counted', () => {
    expect(
      classificationIntervals({
        classes: ['a', 'b'],
        counts: [
          [2, 0],
          [0, 0],
        ],
      }).perClass,
    ).toEqual({
      a: { precision: wilson(2, 2), recall: wilson(2, 2) },
      b: { specificity: wilson(2, 2) },
    });
    expect(() =>
      classificationIntervals({
        classes: ['a', 'b'],
        counts: [
          [0, 0],
          [0, 0],
        ],
      }),
    ).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
