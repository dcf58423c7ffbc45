import { describe, expect, it } from 'vitest';
import { compareBackbones, comparisonDefaults, planTrials, runTrial, type Comparison, type ComparisonOptions, type ComparisonParts, type Dataset, type TrialRecord } from 'spine-xray-ml';
import { useTestBackend } from '../support/backend.js';
import { deeper, parts, shallow, tiny } from './support.js';

useTestBackend();

const compare = (options: Partial<ComparisonOptions>, others: Partial<ComparisonParts> = {}): Promise<Comparison> => {
  let batches = 0;
  const work = compareBackbones({ ...parts, ...others }, { ...tiny, backbones: [shallow], onBatch: () => expect(++batches).toBe(0), ...options });
  return work;
};
const relabelled = (label: string | undefined): Dataset => [{ ...parts.test[0]!, label } as Dataset[number]];

describe('compareBackbones refuses before work starts', () => {
  it.each<[string, string, RegExp, Partial<ComparisonOptions>, Partial<ComparisonParts>?]>([
    ['an unknown backbone', 'invalid-argument', /"resnet7".*"xception"/, { backbones: ['xception', 'resnet7' as 'xception'] }],
    ['two rows of one name', 'invalid-argument', /Two rows are called "xception"/, { backbones: ['xception', { backbone: 'xception', endBlock: 2 }] }],
    ['no backbone', 'invalid-argument', /one or more of/, { backbones: [] }],
    ['backbones that are no list', 'invalid-argument', /one or more of/, { backbones: 'xception' as never }],
    ['no seed', 'invalid-argument', /seed/, { seed: undefined as never }],
    ['a batch of nothing', 'invalid-argument', /batchSize/, { batchSize: 0 }],
    ['no stage', 'invalid-argument', /stages/, { stages: [] }],
    ['half an epoch', 'invalid-argument', /epochs/, { stages: [{ ...tiny.stages[0], epochs: 0.5 }] }],
    ['two stages of one name', 'invalid-argument', /share a name/, { stages: [tiny.stages[0], tiny.stages[0]] }],
    ['an unknown stage to unfreeze in', 'invalid-argument', /"third".*"fine tuning"/, { backbones: [{ ...shallow, unfreeze: { third: 'all' } }] }],
    ['an unknown way to unfreeze', 'invalid-argument', /unfreeze/, { backbones: [{ ...shallow, unfreeze: { 'fine tuning': 'tail' as 'all' } }] }],
    ['no head', 'invalid-argument', /head: false/, { backbones: [{ ...shallow, head: false as never }] }],
    ['one class', 'invalid-argument', /two or more classes/, { classes: ['left'] }],
    ['an empty part', 'dataset-empty', /validation/, {}, { validation: [] }],
    ['an unknown label', 'unknown-label', /middle/, {}, { test: relabelled('middle') }],
    ['a film without label', 'label-missing', /test part/, {}, { test: relabelled(undefined) }],
  ])('%s', async (_, code, message, options, others) => {
    await expect(compare(options, others)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('nothing at all', async () => {
    await expect(compareBackbones(parts, undefined as never)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(compareBackbones(undefined as never, { ...tiny, backbones: [shallow] })).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});

describe('planTrials', () => {
  it('makes plain records, one a backbone, with what it was given and the defaults of a comparison', () => {
    const [first, second] = planTrials(parts, { seed: 3, backbones: ['xception', { ...deeper, head: { dense: [] } }], stages: tiny.stages, head: { dropout: 0.1 } }).map(({ record }) => record);
    expect(first).toEqual({
      name: 'xception',
      backbone: 'xception',
      head: { dropout: 0.1 },
      inputShape: comparisonDefaults.inputShape,
      classes: ['left', 'right'],
      seed: 3,
      stages: tiny.stages,
      batchSize: comparisonDefaults.batchSize,
      parts: { train: { samples: 12, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) }, validation: expect.anything(), test: expect.anything() },
    });
    expect(second).toMatchObject({ name: 'deeper', width: 0.125, endBlock: 3, head: { dense: [] }, stages: [tiny.stages[0], { ...tiny.stages[1], unfreeze: { from: 'block3_sepconv1' } }] });
    expect(second).not.toHaveProperty('unfreeze');
  });

  it('takes an option that is undefined for one not given', () => {
    const none = { classes: undefined, inputShape: undefined, head: undefined, stages: undefined, batchSize: undefined, classWeight: undefined } as object;
    const unset = planTrials(parts, { seed: 1, backbones: [{ ...shallow, variant: undefined, unfreeze: undefined, weights: undefined } as object as typeof shallow], ...none });
    expect(unset[0]!.record).toStrictEqual(planTrials(parts, { seed: 1, backbones: [shallow] })[0]!.record);
  });

  it('tells parts apart by ids, labels, groups and order', () => {
    const fingerprint = (train: Dataset) => planTrials({ ...parts, train }, { seed: 1, backbones: [shallow] })[0]!.record.parts.train.fingerprint;
    const [a, b, ...rest] = parts.train as [Dataset[number], Dataset[number], ...Dataset];
    const variants = [[a, b, ...rest], [b, a, ...rest], [{ ...a, id: 'x' }, b, ...rest], [{ ...a, label: 'right' }, b, ...rest], [{ ...a, group: 'p' }, b, ...rest], [a, ...rest]];
    expect(new Set(variants.map(fingerprint)).size).toBe(variants.length);
    expect(fingerprint([...parts.train])).toBe(fingerprint(parts.train));
  });
});

describe('runTrial', () => {
  it('refuses parts or weights that its record does not speak of', async () => {
    const [trial] = planTrials(parts, { ...tiny, backbones: [shallow] });
    const record = trial!.record;
    await expect(runTrial(record, { ...parts, test: parts.validation })).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('test') });
    await expect(runTrial(record, parts, { weights: new Map() })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(runTrial({ ...record, pretrained: true }, parts)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('runs from a record that travelled as text', async () => {
    const [trial] = planTrials(parts, { ...tiny, stages: [tiny.stages[0]], backbones: [shallow] });
    const row = await runTrial(JSON.parse(JSON.stringify(trial!.record)) as TrialRecord, parts);
    expect(row).toMatchObject({ record: trial!.record, stages: [{ name: 'transfer learning' }] });
  });
});
