import fc from 'fast-check';
import { createRandom, kFold, splitDataset, type Dataset, type SplitDatasetOptions } from 'spine-xray-ml';
import { describe, expect, it } from 'vitest';
import { countLabels, idsOf, sample, samplesOf } from './samples.js';

/** The paper's films, one of each patient. */
const films = samplesOf({ normal: 71, scoliosis: 188, spondylolisthesis: 79 });

const partsOf = ({ train, validation, test }: { train: Dataset; validation: Dataset; test: Dataset }) => [
  train,
  validation,
  test,
];

const shuffled = (dataset: Dataset, seed: number) => createRandom(seed).shuffle(dataset);

/** Classes by name with a count of singletons each. */
const classCounts = fc
  .array(fc.integer({ min: 3, max: 60 }), { minLength: 1, maxLength: 6 })
  .map((counts) => Object.fromEntries(counts.map((count, index) => [`class ${index}`, count])));

const ratios = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));

/** Patients with one to six films of one class, at least five patients a class. */
const patients = fc
  .array(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 5, maxLength: 25 }), { minLength: 1, maxLength: 4 })
  .map((classes) =>
    classes.flatMap((sizes, label) =>
      sizes.flatMap((size, patient) =>
        Array.from({ length: size }, (_, film) =>
          sample(`${label}/${patient}/${film}`, `class ${label}`, { group: `patient ${label}/${patient}` }),
        ),
      ),
    ),
  );

describe('splitDataset', () => {
  it("divides the paper's films 8 : 1 : 1", () => {
    const { train, validation, test } = splitDataset(films, { seed: 1 });
    expect([train.length, validation.length, test.length]).toEqual([270, 34, 34]);
    expect(countLabels(train)).toEqual({ normal: 57, scoliosis: 150, spondylolisthesis: 63 });
    for (const part of [validation, test]) {
      const counts = countLabels(part);
      expect([7, 8]).toContain(counts['normal']);
      expect([18, 19]).toContain(counts['scoliosis']);
      expect([7, 8]).toContain(counts['spondylolisthesis']);
    }
  });

  it('gives every sample to exactly one part, in the order of the data set', () => {
    fc.assert(
      fc.property(classCounts, ratios, fc.integer(), fc.boolean(), (counts, shares, seed, stratify) => {
        const dataset = shuffled(samplesOf(counts), 5);
        const parts = partsOf(splitDataset(dataset, { seed, ratios: shares, stratify }));
        const place = new Map(dataset.map(({ id }, index) => [id, index]));
        for (const part of parts) {
          const places = part.map(({ id }) => place.get(id)!);
          expect(places).toEqual([...places].sort((a, b) => a - b));
        }
        expect(parts.flatMap(idsOf).sort()).toEqual(idsOf(dataset).sort());
      }),
    );
  });

  it('gives each part its share of each class to within one film, and one at least', () => {
    fc.assert(
      fc.property(classCounts, ratios, fc.integer(), (counts, shares, seed) => {
        const parts = partsOf(splitDataset(samplesOf(counts), { seed, ratios: shares })).map(countLabels);
        const all = shares[0] + shares[1] + shares[2];
        for (const [label, count] of Object.entries(counts)) {
          const ideals = shares.map((share) => (share * count) / all);
          parts.forEach((part, index) => {
            const got = part[label] ?? 0;
            expect(got).toBeGreaterThanOrEqual(1);
            // Where a share comes to less than one film, others give way to it.
            if (ideals.every((ideal) => ideal >= 1)) expect(Math.abs(got - ideals[index]!)).toBeLessThan(1);
          });
        }
      }),
    );
  });

  it.each([
    [3, [1, 1, 1]],
    [4, [2, 1, 1]],
    [5, [3, 1, 1]],
    [9, [7, 1, 1]],
    [10, [8, 1, 1]],
    [20, [16, 2, 2]],
  ])('divides a class of %i into %j', (count, sizes) => {
    for (let seed = 0; seed < 20; seed++) {
      expect(partsOf(splitDataset(samplesOf({ normal: count }), { seed })).map(({ length }) => length)).toEqual(sizes);
    }
  });

  it('keeps the sizes of the parts near the ratios however many classes are rounded', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 10, max: 40 }),
        fc.integer(),
        (classes, count, seed) => {
          const counts = Object.fromEntries(Array.from({ length: classes }, (_, index) => [`class ${index}`, count]));
          const parts = partsOf(splitDataset(samplesOf(counts), { seed }));
          parts.forEach((part, index) => {
            expect(Math.abs(part.length - [0.8, 0.1, 0.1][index]! * classes * count)).toBeLessThanOrEqual(1.5);
          });
        },
      ),
    );
  });

  it('never divides a patient', () => {
    fc.assert(
      fc.property(patients, ratios, fc.integer(), fc.boolean(), (dataset, shares, seed, stratify) => {
        const parts = partsOf(splitDataset(dataset, { seed, ratios: shares, stratify }));
        const groups = parts.map((part) => new Set(part.map(({ group }) => group)));
        expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(dataset.map(({ group }) => group)).size);
        for (const part of parts) expect(part.length).toBeGreaterThan(0);
      }),
    );
  });

  it('comes near the ratios with patients of several films, every class in every part', () => {
    fc.assert(
      fc.property(patients, fc.integer(), (dataset, seed) => {
        const counts = countLabels(dataset);
        const parts = partsOf(splitDataset(dataset, { seed, ratios: [2, 1, 1] })).map(countLabels);
        for (const [label, count] of Object.entries(counts)) {
          parts.forEach((part, index) => {
            const got = part[label] ?? 0;
            expect(got).toBeGreaterThanOrEqual(1);
            // Half of the largest patient, and as much again where few patients are left to choose from.
            expect(Math.abs(got - [0.5, 0.25, 0.25][index]! * count)).toBeLessThanOrEqual(6);
          });
        }
      }),
    );
  });

  it('lets small patients fill what large ones leave, and else comes as near as it can', () => {
    const patientsOf = (sizes: readonly number[]) =>
      sizes.flatMap((size, patient) =>
        Array.from({ length: size }, (_, film) => sample(`${patient}/${film}`, 'normal', { group: `${patient}` })),
      );
    const sizesOf = (dataset: Dataset, seed: number) =>
      partsOf(splitDataset(dataset, { seed, ratios: [2, 1, 1] })).map(({ length }) => length);
    const mixed = patientsOf([...new Array<number>(20).fill(1), 5, 5, 5, 5]);
    // 80, 40 and 40 of 160 cannot be made of 30s, the nearest are 90, 30, 30 and the last 10.
    const large = patientsOf([30, 30, 30, 30, 30, 10]);
    for (let seed = 0; seed < 50; seed++) {
      expect(sizesOf(mixed, seed)).toEqual([20, 10, 10]);
      expect([
        [90, 30, 40],
        [90, 40, 30],
      ]).toContainEqual(sizesOf(large, seed));
    }
  });

  it('puts large patients into each part as often as its ratio says', () => {
    const dataset = Array.from({ length: 40 }, (_, patient) =>
      Array.from({ length: patient < 4 ? 4 : 1 }, (_, film) =>
        sample(`${patient}/${film}`, 'normal', { group: `${patient}` }),
      ),
    ).flat();
    let large = 0;
    for (let seed = 0; seed < 300; seed++) {
      const { train } = splitDataset(dataset, { seed, ratios: [2, 1, 1] });
      large += new Set(train.filter(({ group }) => Number(group) < 4).map(({ group }) => group)).size;
    }
    // 600 of 1200 expected; a rule that fills the neediest part first puts nearly all of them into train.
    expect(Math.abs(large - 600)).toBeLessThan(80);
  });

  it('is named by its seed and does not depend on the order of the samples', () => {
    fc.assert(
      fc.property(patients, fc.integer(), fc.integer(), (dataset, seed, order) => {
        const parts = partsOf(splitDataset(dataset, { seed })).map(idsOf);
        expect(partsOf(splitDataset(dataset, { seed })).map(idsOf)).toEqual(parts);
        const again = partsOf(splitDataset(shuffled(dataset, order), { seed })).map(idsOf);
        expect(again.map((ids) => [...ids].sort())).toEqual(parts.map((ids) => [...ids].sort()));
      }),
      { numRuns: 30 },
    );
    expect(idsOf(splitDataset(films, { seed: 1 }).test)).not.toEqual(idsOf(splitDataset(films, { seed: 2 }).test));
  });

  it('draws every film into the test part about as often as any other', () => {
    const dataset = samplesOf({ normal: 10, scoliosis: 20 });
    const drawn = new Map(dataset.map(({ id }) => [id, 0]));
    for (let seed = 0; seed < 500; seed++) {
      for (const { id } of splitDataset(dataset, { seed }).test) drawn.set(id, drawn.get(id)! + 1);
    }
    // Binomial of 500 at 0.1: mean 50, standard deviation 6.7.
    for (const count of drawn.values()) expect(Math.abs(count - 50)).toBeLessThan(5 * 6.7);
  });

  it('draws every patient into the test part about as often as any other where sizes do not fit', () => {
    const dataset = Array.from({ length: 150 }, (_, film) =>
      sample(`${film}`, 'normal', { group: `patient ${film % 15}` }),
    );
    const drawn = new Map(dataset.map(({ group }) => [group, 0]));
    for (let seed = 0; seed < 900; seed++) {
      for (const group of new Set(splitDataset(dataset, { seed }).test.map((film) => film.group))) {
        drawn.set(group, drawn.get(group)! + 1);
      }
    }
    const mean = [...drawn.values()].reduce((sum, count) => sum + count, 0) / 15;
    expect(mean).toBeGreaterThanOrEqual(60);
    // Binomial of 900 at mean / 900: the standard deviation is below √mean.
    for (const count of drawn.values()) expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean));
  });
});

describe('families', () => {
  const partOfEach = (dataset: Dataset, options: Partial<SplitDatasetOptions> = {}) => {
    const split = splitDataset(dataset, { seed: 3, ...options });
    return new Map(partsOf(split).flatMap((part, index) => part.map(({ id }) => [id, index] as const)));
  };

  it('keeps copies with their original, which has no group', () => {
    const dataset = samplesOf({ normal: 20, scoliosis: 20 }).flatMap((film) => [
      film,
      sample(`${film.id}#1`, film.label, { source: film.id }),
      sample(`${film.id}#2`, film.label, { source: film.id, group: film.id }),
    ]);
    const parts = partOfEach(shuffled(dataset, 1));
    for (const { id, source } of dataset) expect(parts.get(id)).toBe(parts.get(source ?? id));
  });

  it('follows copies of copies, and copies that lost the group of their original', () => {
    const dataset = Array.from({ length: 30 }, (_, index) => [
      sample(`film ${index}`, 'normal', { group: `patient ${index % 10}` }),
      sample(`copy ${index}`, 'normal', { source: `film ${index}` }),
      sample(`a copy of copy ${index}`, 'normal', { source: `copy ${index}` }),
    ]).flat();
    const parts = partOfEach(shuffled(dataset, 2));
    for (let index = 0; index < 30; index++) {
      for (const id of [`film ${index}`, `copy ${index}`, `a copy of copy ${index}`]) {
        expect(parts.get(id)).toBe(parts.get(`film ${index % 10}`));
      }
    }
  });

  it('keeps copies of one original together though it is not in the data set', () => {
    const dataset = Array.from({ length: 40 }, (_, index) =>
      sample(`copy ${index}`, 'normal', {
        source: `film ${index % 8}`,
        ...(index < 8 ? { group: `patient ${index}` } : {}),
      }),
    );
    const parts = partOfEach(dataset);
    for (let index = 0; index < 40; index++) expect(parts.get(`copy ${index}`)).toBe(parts.get(`copy ${index % 8}`));
  });

  it('does not take a film for the patient of the same number', () => {
    // Film n belongs to patient n + 1; taking ids for groups would chain all of them into one family.
    const dataset = Array.from({ length: 30 }, (_, index) => sample(`${index}`, 'normal', { group: `${index + 1}` }));
    expect(partsOf(splitDataset(dataset, { seed: 1 })).map(({ length }) => length)).toEqual([24, 3, 3]);
  });

  it('survives samples that claim to be copies of each other', () => {
    const dataset = Array.from({ length: 10 }, (_, index) => [
      sample(`a${index}`, 'normal', { source: `b${index}` }),
      sample(`b${index}`, 'normal', { source: `a${index}` }),
      sample(`c${index}`, 'normal', { source: `c${index}` }),
    ]).flat();
    const parts = partOfEach(dataset);
    for (let index = 0; index < 10; index++) expect(parts.get(`a${index}`)).toBe(parts.get(`b${index}`));
  });

  it('divides image by image when asked to, as the paper does', () => {
    const dataset = films.flatMap((film) =>
      Array.from({ length: 10 }, (_, copy) => sample(`${film.id}#${copy}`, film.label, { source: film.id })),
    );
    const { train, test } = splitDataset(dataset, { seed: 1, groupBy: false });
    expect(test).toHaveLength(338);
    const trained = new Set(train.map(({ source }) => source));
    expect(test.filter(({ source }) => trained.has(source)).length).toBeGreaterThan(330);
  });

  it('groups by what a function names', () => {
    const dataset = samplesOf({ normal: 60 }).map((film, index) => ({ ...film, meta: { site: `site ${index % 6}` } }));
    const parts = partOfEach(dataset, { groupBy: ({ meta }) => String(meta?.['site']) });
    dataset.forEach(({ id }, index) => expect(parts.get(id)).toBe(parts.get(`normal-${index % 6}`)));
  });

  it('handles patients with films of several classes', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = createRandom(seed, 'test');
        const dataset = Array.from({ length: 60 }, (_, patient) =>
          Array.from({ length: random.integer(1, 5) }, (_, film) =>
            sample(`${patient}/${film}`, random.chance(0.3) ? 'scoliosis' : 'normal', { group: `${patient}` }),
          ),
        ).flat();
        const parts = partsOf(splitDataset(dataset, { seed, ratios: [6, 2, 2] }));
        const groups = parts.map((part) => new Set(part.map(({ group }) => group)));
        expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(60);
        const total = countLabels(dataset);
        for (const label of ['normal', 'scoliosis']) {
          parts.forEach((part, index) => {
            const ideal = [0.6, 0.2, 0.2][index]! * total[label]!;
            expect(Math.abs((countLabels(part)[label] ?? 0) - ideal)).toBeLessThanOrEqual(5);
          });
        }
      }),
    );
  });

  it('finds a placement for mixed patients where only some give each part each class', () => {
    const patients = ['ab', 'ab', 'bc', 'bc', 'ac', 'ac'];
    const dataset = patients.flatMap((labels, group) =>
      [...labels].map((label) => sample(`${group}${label}`, label, { group: `${group}` })),
    );
    for (let seed = 0; seed < 50; seed++) {
      for (const part of partsOf(splitDataset(dataset, { seed }))) {
        expect(Object.keys(countLabels(part)).sort()).toEqual(['a', 'b', 'c']);
      }
    }
  });
});

describe('kFold', () => {
  it('puts every sample in exactly one test part of each repeat, and in the training part of the other folds', () => {
    fc.assert(
      fc.property(
        patients,
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer(),
        (dataset, folds, repeats, seed) => {
          const turns = kFold(dataset, { seed, folds, repeats });
          expect(turns.map(({ repeat, fold }) => [repeat, fold])).toEqual(
            Array.from({ length: folds * repeats }, (_, turn) => [Math.floor(turn / folds), turn % folds]),
          );
          for (let repeat = 0; repeat < repeats; repeat++) {
            const tests = turns.filter((turn) => turn.repeat === repeat).flatMap(({ test }) => idsOf(test));
            expect(tests.sort()).toEqual(idsOf(dataset).sort());
          }
          for (const { train, test } of turns) {
            expect([...idsOf(train), ...idsOf(test)].sort()).toEqual(idsOf(dataset).sort());
            const trained = new Set(train.map(({ group }) => group));
            expect(test.some(({ group }) => trained.has(group))).toBe(false);
            expect(Object.keys(countLabels(test)).sort()).toEqual(Object.keys(countLabels(dataset)).sort());
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('makes folds of equal size, in all and of each class', () => {
    fc.assert(
      fc.property(classCounts, fc.integer({ min: 2, max: 3 }), fc.integer(), (counts, folds, seed) => {
        const turns = kFold(samplesOf(counts), { seed, folds });
        const spread = (values: number[]) => Math.max(...values) - Math.min(...values);
        expect(spread(turns.map(({ test }) => test.length))).toBeLessThanOrEqual(1);
        for (const label of Object.keys(counts)) {
          expect(spread(turns.map(({ test }) => countLabels(test)[label] ?? 0))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('divides anew in each repeat, and the first repeats do not depend on how many follow', () => {
    const three = kFold(films, { seed: 4, repeats: 3 });
    expect(three).toHaveLength(15);
    expect(idsOf(three[0]!.test)).not.toEqual(idsOf(three[5]!.test));
    const one = kFold(films, { seed: 4 });
    expect(one.map(({ test }) => idsOf(test))).toEqual(three.slice(0, 5).map(({ test }) => idsOf(test)));
  });
});

describe('refusals', () => {
  const refused = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

  it('a class with fewer groups than parts, by name and numbers', () => {
    const dataset = [
      ...samplesOf({ normal: 10 }),
      ...Array.from({ length: 9 }, (_, film) => sample(`s${film}`, 'scoliosis', { group: `patient ${film % 2}` })),
    ];
    expect(() => splitDataset(dataset, { seed: 1 })).toThrow(
      refused('class-too-small', /"scoliosis" has 2 groups \(9 samples\)/),
    );
    expect(() => kFold(dataset, { seed: 1, folds: 3 })).toThrow(refused('class-too-small', /3 parts.*"scoliosis"/));
    expect(() => splitDataset(samplesOf({ normal: 10, odd: 1 }), { seed: 1 })).toThrow(
      refused('class-too-small', /"odd" has 1 group \(1 sample\)/),
    );
    // Two groups do for two parts, and one for one.
    expect(splitDataset(dataset, { seed: 1, ratios: [8, 0, 2] }).validation).toEqual([]);
    expect(splitDataset(samplesOf({ odd: 1 }), { seed: 1, ratios: [1, 0, 0] }).train).toHaveLength(1);
  });

  it('patients of several classes who cannot be placed', () => {
    // Each class needs its two patients in different parts, which three patients cannot be in two parts.
    const dataset = [
      sample('a1', 'a', { group: 'x' }),
      sample('b1', 'b', { group: 'x' }),
      sample('a2', 'a', { group: 'y' }),
      sample('c1', 'c', { group: 'y' }),
      sample('b2', 'b', { group: 'z' }),
      sample('c2', 'c', { group: 'z' }),
    ];
    expect(() => splitDataset(dataset, { seed: 1, ratios: [1, 0, 1] })).toThrow(
      refused('class-too-small', /could not be placed/),
    );
  });

  it('too few groups for the parts, without classes', () => {
    const dataset = [sample('a', undefined, { group: 'x' }), sample('b', undefined, { group: 'x' }), sample('c')];
    expect(() => splitDataset(dataset, { seed: 1, stratify: false })).toThrow(
      refused('dataset-empty', /2 groups \(3 samples\)/),
    );
  });

  it('samples without a label, unless not stratified', () => {
    const dataset = [...films, sample('new film')];
    expect(() => splitDataset(dataset, { seed: 1 })).toThrow(refused('label-missing', /"new film" has none/));
    expect(() => kFold(dataset, { seed: 1 })).toThrow(refused('label-missing', /"new film" has none/));
    expect(partsOf(splitDataset(dataset, { seed: 1, stratify: false })).flat()).toHaveLength(339);
  });

  it('ids that are not unique', () => {
    const dataset = [...films, ...films.slice(0, 2)];
    expect(() => splitDataset(dataset, { seed: 1 })).toThrow(refused('duplicate-id', /"normal-0", "normal-1"/));
  });

  it('an empty data set', () => {
    expect(() => splitDataset([], { seed: 1 })).toThrow(refused('dataset-empty', /no sample/));
    expect(() => kFold([], { seed: 1 })).toThrow(refused('dataset-empty', /no sample/));
  });

  it.each([[[0, 1, 1]], [[8, -1, 1]], [[8, 1]], [[8, 1, NaN]], [[8, 1, Infinity]], [[8, 1, 1, 1]]])(
    'ratios %j',
    (shares) => {
      expect(() => splitDataset(films, { seed: 1, ratios: shares as unknown as [number, number, number] })).toThrow(
        refused('invalid-argument', /ratios/),
      );
    },
  );

  it('other options out of range', () => {
    expect(() => splitDataset(films, {} as SplitDatasetOptions)).toThrow(refused('invalid-argument', /seed/));
    expect(() => kFold(films, { seed: 1.5 })).toThrow(refused('invalid-argument', /seed/));
    expect(() => kFold(films, { seed: 1, folds: 1 })).toThrow(refused('invalid-argument', /folds/));
    expect(() => kFold(films, { seed: 1, repeats: 0 })).toThrow(refused('invalid-argument', /repeats/));
    expect(() => splitDataset(films, { seed: 1, groupBy: (() => undefined) as unknown as () => string })).toThrow(
      refused('invalid-argument', /groupBy.*"normal-0"/),
    );
    expect(() => splitDataset(films, { seed: 1, groupBy: 'patient' as unknown as 'auto' })).toThrow(
      refused('invalid-argument', /groupBy/),
    );
  });
});
