import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metrics, ndarrayOf, predictionsFromJSON, predictionsToJSON, type Predictions } from 'spine-xray-ml';
import { predictions } from '../report/samples.js';

const said = predictions(['normal', 'scoliosis', 'spondylolisthesis'], 4, 0.5, 1);
const json = predictionsToJSON(said);
const row = [0.5, 0.25, 0.25];
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) as string });

describe('predictions as JSON', () => {
  it('are the same again, to the bit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        fc.gen(),
        (classes, samples, draw) => {
          const ids = Array.from({ length: samples }, (_, index) => `film ${index}`);
          const given: Predictions = {
            classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
            ids,
            groups: ids,
            truth: Int32Array.from(ids, () => draw(fc.integer, { min: -1, max: classes - 1 })),
            probabilities: ndarrayOf(
              Float32Array.from({ length: samples * classes }, () => draw(fc.float, { noNaN: true, min: 0, max: 1 })),
              [samples, classes],
            ),
          };
          const text = JSON.stringify(predictionsToJSON(given));
          expect(predictionsFromJSON(JSON.parse(text) as typeof json)).toEqual(given);
        },
      ),
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^predictions must be predictions as plain JSON.*, got undefined\.$/],
    ['null', null, /got null\.$/],
    ['a number', 5, /got 5\.$/],
    ['a list', [json], /^predictions must be predictions as plain JSON/],
    ['text', JSON.stringify({ ids: [] }), /got "\{.*Parse it: JSON\.parse\(text\)\.$/],
    ['an empty object', {}, /^predictions\.classes must be a list of names, got undefined\.$/],
    ['ids that are numbers', { ...json, ids: [1, 2, 3, 4] }, /^predictions\.ids must be a list of names/],
    ['a truth too few', { ...json, truth: [0, 1, 2] }, /^predictions\.truth has 3 entries for 4 ids\.$/],
    ['a group too many', { ...json, groups: [...json.groups, 'x'] }, /^predictions\.groups has 5 entries for 4 ids\.$/],
    [
      'a truth by name',
      { ...json, truth: [0, 'scoliosis', 1, 2] },
      /^predictions\.truth must be .* from 0 to 2, or -1 for none; row 2 of 4, "image-1", has "scoliosis"\.$/,
    ],
    ['a truth that is null', { ...json, truth: [0, 1, 2, null] }, /row 4 of 4, "image-3", has null\.$/],
    ['a truth that is a hole', { ...json, truth: Object.assign([0], { 2: 1, 3: 1 }) }, /row 2 of 4, .* undefined\.$/],
    ['half a truth', { ...json, truth: [0, 1, 0.5, 1] }, /row 3 of 4, "image-2", has 0\.5\.$/],
    ['a truth below all', { ...json, truth: [-2, 1, 0, 1] }, /row 1 of 4, "image-0", has -2\.$/],
    ['a truth beyond all', { ...json, truth: [0, 1, 3, 1] }, /row 3 of 4, "image-2", has 3\.$/],
    [
      'ragged rows whose numbers are as many as there should be',
      { ...json, probabilities: [row, [0.5, 0.5], [...row, 0], row] },
      /^predictions\.probabilities must have 3 numbers for each id.*; row 2 of 4, "image-1", has 2\.$/,
    ],
    ['a row that is none', { ...json, probabilities: [row, row, 1, row] }, /row 3 of 4, "image-2", has 1\.$/],
    [
      'NaN, as JSON writes it',
      JSON.parse(JSON.stringify({ ...json, probabilities: [row, [0.5, NaN, 0.5], row, row] })),
      /^predictions\.probabilities must be finite numbers; row 2 of 4, "image-1", has null for "scoliosis"\. JSON writes null for NaN/,
    ],
    [
      'a share as text',
      { ...json, probabilities: [row, row, row, ['1', 0, 0]] },
      /row 4 of 4, .* has "1" for "normal"/,
    ],
    ['one too large for a float', { ...json, probabilities: [row, row, row, [1e300, 0, 0]] }, /Infinity for "image-3"/],
    ['a class twice', { ...json, classes: ['a', 'a', 'b'] }, /names a class twice/],
  ])('are refused: %s', (_, given, message) => {
    expect(() => predictionsFromJSON(given as never)).toThrow(invalid(message));
  });

  it('are refused without a sample', () => {
    const none = { classes: ['a'], ids: [], groups: [], truth: [], probabilities: [] };
    expect(() => predictionsFromJSON(none)).toThrow(expect.objectContaining({ code: 'dataset-empty' }));
  });

  it('are not made of numbers that JSON does not know', () => {
    for (const value of [NaN, Infinity]) {
      const probabilities = ndarrayOf(
        Float32Array.from({ length: 12 }, (_, at) => (at === 4 ? value : 0.2)),
        [4, 3],
      );
      expect(() => predictionsToJSON({ ...said, probabilities })).toThrow(
        invalid(/holds (NaN|Infinity) for "image-1"/),
      );
    }
    expect(() => predictionsToJSON({} as never)).toThrow(invalid(/^predictions\.classes must be/));
  });
});

describe('metrics', () => {
  it.each(
    Object.entries(metrics).filter(([name]) =>
      /^(accuracy|classificationReport|confusionMatrix|predictedClasses)$/.test(name),
    ),
  )('%s refuses what are no predictions, and says what they are', (_, measure) => {
    const call = (given: unknown) => () => (measure as (given: unknown) => unknown)(given);
    expect(call(undefined)).toThrow(invalid(/^predictions must be predictions, as predictDataset gives them, got und/));
    expect(call(null)).toThrow(invalid(/got null/));
    expect(call([])).toThrow(invalid(/got \[\]/));
    expect(call(Promise.resolve(said))).toThrow(invalid(/got a promise\. Await it\.$/));
    expect(call({})).toThrow(invalid(/^predictions\.classes must be a list of names, got undefined/));
    expect(call({ ...said, truth: 5 })).toThrow(invalid(/^predictions\.truth must be/));
    expect(call({ ...said, truth: Float32Array.of(0, NaN, 1, 2) })).toThrow(invalid(/^predictions\.truth is NaN/));
    expect(call(json)).toThrow(invalid(/^predictions\.probabilities must be an ndarray.*predictionsFromJSON\.$/));
    expect(call(JSON.parse(JSON.stringify(said)))).toThrow(
      invalid(/^predictions\.truth must be .*predictionsFromJSON\.$/),
    );
  });
});
