import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset, Sample } from 'spine-xray-ml';
import { fingerprint } from '../../src/dataset/fingerprint.js';
import { sample } from './samples.js';

const anyDataset: fc.Arbitrary<Dataset> = fc.array(
  fc
    .tuple(fc.string({ maxLength: 3 }), fc.option(fc.constantFrom('a', 'b'), { nil: undefined }))
    .map(([id, label]) => sample(id, label)),
  { maxLength: 5 },
);

const factsOf = ({ id, label }: Sample) => [id, label];

describe('fingerprint', () => {
  it('is the same for the same facts in the same order, and for no others', () => {
    fc.assert(
      fc.property(anyDataset, anyDataset, (one, other) => {
        const text = (dataset: Dataset) => JSON.stringify(dataset.map(factsOf));
        expect(fingerprint(one, factsOf)).toMatch(/^[0-9a-f]{16}$/);
        expect(fingerprint(one, factsOf) === fingerprint(other, factsOf)).toBe(text(one) === text(other));
        expect(fingerprint(one, factsOf)).toBe(fingerprint([...one], factsOf));
      }),
    );
  });

  it('looks at what it is asked to and at nothing else', () => {
    const one = [sample('a', 'normal', { group: 'p' })];
    const other = [sample('a', 'normal', { group: 'q', meta: { age: 3 } })];
    expect(fingerprint(one, factsOf)).toBe(fingerprint(other, factsOf));
    expect(fingerprint(one, ({ group }) => group)).not.toBe(fingerprint(other, ({ group }) => group));
  });

  it('tells apart lists that differ in order or by a sample', () => {
    const [a, b] = [sample('a'), sample('b')];
    const lists = [[], [a], [a, b], [b, a], [a, a], [a, b, a]];
    expect(new Set(lists.map((list) => fingerprint(list, factsOf))).size).toBe(lists.length);
  });
});
