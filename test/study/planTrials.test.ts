import { describe, expect, it } from 'vitest';
import {
  compareBackbones,
  compareBackbonesDefaults,
  type Comparison,
  type CompareBackbonesOptions,
  type DatasetSplit,
  type Dataset,
  type TrialSpec,
} from 'spine-xray-ml';
import { planTrials, runTrial } from 'spine-xray-ml/study';
import { useTestBackend } from '../support/backend.js';
import { deeper, parts, shallow, tiny } from './support.js';

useTestBackend();

const compare = (
  options: Partial<CompareBackbonesOptions>,
  others: Partial<DatasetSplit> = {},
): Promise<Comparison> => {
  let batches = 0;
  const work = compareBackbones(
    { ...parts, ...others },
    { ...tiny, backbones: [shallow], onBatch: () => expect(++batches).toBe(0), ...options },
  );
  return work;
};
const relabelled = (label: string | undefined): Dataset => [{ ...parts.test[0]!, label } as Dataset[number]];

describe('compareBackbones refuses before work starts', () => {
  it.each<[string, string, RegExp, Partial<CompareBackbonesOptions>, Partial<DatasetSplit>?]>([
    [
      'an unknown backbone',
      'invalid-argument',
      /"resnet7".*"xception"/,
      { backbones: ['xception', 'resnet7' as 'xception'] },
    ],
    [
      'two rows of one name',
      'invalid-argument',
      /Two rows are called "xception"/,
      { backbones: ['xception', { backbone: 'xception', endBlock: 2 }] },
    ],
    ['no backbone', 'invalid-argument', /one or more of/, { backbones: [] }],
    ['backbones that are no list', 'invalid-argument', /one or more of/, { backbones: 'xception' as never }],
    ['no seed', 'invalid-argument', /seed/, { seed: undefined as never }],
    ['a batch of nothing', 'invalid-argument', /batchSize/, { batchSize: 0 }],
    ['no stage', 'invalid-argument', /stages/, { stages: [] }],
    ['half an epoch', 'invalid-argument', /epochs/, { stages: [{ ...tiny.stages[0], epochs: 0.5 }] }],
    ['two stages of one name', 'invalid-argument', /share a name/, { stages: [tiny.stages[0], tiny.stages[0]] }],
    [
      'an unknown stage to unfreeze in',
      'invalid-argument',
      /"third".*"fine tuning"/,
      { backbones: [{ ...shallow, unfreeze: { third: 'all' } }] },
    ],
    [
      'an unknown way to unfreeze',
      'invalid-argument',
      /unfreeze/,
      { backbones: [{ ...shallow, unfreeze: { 'fine tuning': 'tail' as 'all' } }] },
    ],
    ['no head', 'invalid-argument', /head: false/, { backbones: [{ ...shallow, head: false as never }] }],
    ['no head for all', 'invalid-argument', /head is false/, { head: false as never }],
    ['a head that is none', 'invalid-argument', /head must be an object.*got null/, { head: null as never }],
    ['images of no shape', 'invalid-argument', /inputShape.*got 5/, { inputShape: 5 as never }],
    [
      'images of half a pixel',
      'invalid-argument',
      /The backbone "shallow": inputShape.*\[0\.5,64,3\]/,
      { inputShape: [0.5, 64, 3] },
    ],
    [
      'classes that are a number',
      'invalid-argument',
      /classes must be a list of names.*got 5/,
      { classes: 5 as never },
    ],
    ['results that are no list', 'invalid-argument', /results must be a list of rows.*got 5/, { results: 5 as never }],
    ['stages that are no list', 'invalid-argument', /stages must be a list/, { stages: null as never }],
    ['a stage that is none', 'invalid-argument', /stages must be a list/, { stages: [null] as never }],
    ['a backbone that is null', 'invalid-argument', /got null among them/, { backbones: [shallow, null as never] }],
    ['a backbone that is a number', 'invalid-argument', /got 5 among them/, { backbones: [5 as never] }],
    ['a nameless row', 'invalid-argument', /name of a row/, { backbones: [{ ...shallow, name: '' }] }],
    [
      'nothing to unfreeze',
      'invalid-argument',
      /"shallow" has unfreeze null/,
      { backbones: [{ ...shallow, unfreeze: null as never }] },
    ],
    ['a misspelt option', 'invalid-argument', /no option "batchsize".*"batchSize"/, { batchsize: 2 } as object],
    [
      'a misspelt option of a backbone',
      'invalid-argument',
      /"shallow" has no option "endblock".*"endBlock"/,
      { backbones: [{ ...shallow, endblock: 2 } as never] },
    ],
    [
      'weights that are bytes',
      'invalid-argument',
      /"shallow" needs weights by name.*readWeights\(bytes\)/,
      { backbones: [{ ...shallow, weights: new Uint8Array(8) as never }] },
    ],
    ['a callback that is none', 'invalid-argument', /onRow must be a function, got 5/, { onRow: 5 as never }],
    ['a signal that is none', 'invalid-argument', /signal must be an AbortSignal/, { signal: {} as never }],
    // What a network asks of its options, after one that could be trained.
    [
      'a block too many',
      'invalid-argument',
      /The backbone "deep": endBlock must be .* 14 for xception, got 99/,
      { backbones: [shallow, { backbone: 'xception', name: 'deep', endBlock: 99 }] },
    ],
    [
      'a negative width',
      'invalid-argument',
      /The backbone "narrow": width/,
      { backbones: [shallow, { ...shallow, name: 'narrow', width: -1 }] },
    ],
    [
      'a variant that is none',
      'invalid-argument',
      /"xception": variant must be 'keras' for xception, got "tensorflow"\./,
      { backbones: [shallow, { backbone: 'xception', variant: 'tensorflow' as 'keras' }] },
    ],
    [
      'a variant that is not offered',
      'invalid-argument',
      /"mobilenet": variant must be 'keras'.*torchvision has no such network/,
      { backbones: [shallow, { backbone: 'mobilenet', variant: 'torch' }] },
    ],
    [
      'images too small for one',
      'invalid-argument',
      /"inceptionV3": .*too small for inceptionV3/,
      { backbones: [shallow, 'inceptionV3'] },
    ],
    [
      'a head out of range',
      'invalid-argument',
      /"shallow": head\.dense.*got 64.*\[64\]/,
      { backbones: [{ ...shallow, head: { dense: 64 as never } }] },
    ],
    ['one class', 'invalid-argument', /two or more classes/, { classes: ['left'] }],
    ['an empty part', 'dataset-empty', /validation/, {}, { validation: [] }],
    ['an unknown label', 'unknown-label', /middle/, {}, { test: relabelled('middle') }],
    ['a film without label', 'label-missing', /test part/, {}, { test: relabelled(undefined) }],
  ])('%s', async (_, code, message, options, others) => {
    await expect(compare(options, others)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('nothing at all', async () => {
    await expect(compareBackbones(parts, undefined as never)).rejects.toMatchObject({ code: 'invalid-argument' });
    for (const none of [undefined, {}, { ...parts, test: 5 }]) {
      await expect(compareBackbones(none as never, { ...tiny, backbones: [shallow] })).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining('{ train, validation, test }'),
      });
    }
  });
});

describe('planTrials', () => {
  it('makes plain specs, one a backbone, with what it was given and the defaults of a comparison', () => {
    const [first, second] = planTrials(parts, {
      seed: 3,
      backbones: ['xception', { ...deeper, head: { dense: [] } }],
      stages: tiny.stages,
      head: { dropout: 0.1 },
    }).map(({ spec }) => spec);
    expect(first).toEqual({
      name: 'xception',
      backbone: 'xception',
      head: { dropout: 0.1 },
      inputShape: compareBackbonesDefaults.inputShape,
      classes: ['left', 'right'],
      seed: 3,
      stages: tiny.stages,
      batchSize: compareBackbonesDefaults.batchSize,
      parts: {
        train: { samples: 12, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
        validation: expect.anything(),
        test: expect.anything(),
      },
    });
    expect(second).toMatchObject({
      name: 'deeper',
      width: 0.125,
      endBlock: 3,
      head: { dense: [] },
      stages: [tiny.stages[0], { ...tiny.stages[1], unfreeze: { from: 'block3_sepconv1' } }],
    });
    expect(second).not.toHaveProperty('unfreeze');
  });

  it('refuses weights of classes that are none', () => {
    const planned = (classWeight: unknown) => () =>
      planTrials(parts, { seed: 1, backbones: [shallow], classWeight: classWeight as 'balanced' });
    expect(planned('balance')).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining("Do you mean 'balanced'") }),
    );
    expect(planned({ middle: 2 })).toThrow(expect.objectContaining({ code: 'unknown-label' }));
  });

  it('takes an option that is undefined for one not given', () => {
    const none = {
      classes: undefined,
      inputShape: undefined,
      head: undefined,
      stages: undefined,
      batchSize: undefined,
      classWeight: undefined,
    } as object;
    const unset = planTrials(parts, {
      seed: 1,
      backbones: [
        { ...shallow, variant: undefined, unfreeze: undefined, weights: undefined } as object as typeof shallow,
      ],
      ...none,
    });
    expect(unset[0]!.spec).toStrictEqual(planTrials(parts, { seed: 1, backbones: [shallow] })[0]!.spec);
  });

  it('tells parts apart by ids, labels, groups and order', () => {
    const fingerprint = (train: Dataset) =>
      planTrials({ ...parts, train }, { seed: 1, backbones: [shallow] })[0]!.spec.parts.train.fingerprint;
    const [a, b, ...rest] = parts.train as [Dataset[number], Dataset[number], ...Dataset];
    const variants = [
      [a, b, ...rest],
      [b, a, ...rest],
      [{ ...a, id: 'x' }, b, ...rest],
      [{ ...a, label: 'right' }, b, ...rest],
      [{ ...a, group: 'p' }, b, ...rest],
      [a, ...rest],
    ];
    expect(new Set(variants.map(fingerprint)).size).toBe(variants.length);
    expect(fingerprint([...parts.train])).toBe(fingerprint(parts.train));
  });
});

describe('the plan of a comparison', () => {
  it('writes out stages and backbones that inherit their options', () => {
    const inheriting = <T extends object>(options: T) => Object.create(options) as T;
    const given = {
      ...tiny,
      stages: tiny.stages.map(inheriting),
      backbones: [inheriting(shallow), inheriting(deeper)],
    };
    expect(planTrials(parts, given)).toStrictEqual(planTrials(parts, { ...tiny, backbones: [shallow, deeper] }));
  });

  it('takes a stage by any name, one that all objects have included', () => {
    const stages = [{ ...tiny.stages[0], name: 'constructor' }];
    const [trial] = planTrials(parts, { ...tiny, stages, backbones: [shallow] });
    expect(trial!.spec.stages).toStrictEqual(stages);
  });
});

describe('runTrial', () => {
  it('refuses parts or weights that its spec does not speak of', async () => {
    const [trial] = planTrials(parts, { ...tiny, backbones: [shallow] });
    const spec = trial!.spec;
    await expect(runTrial(spec, { ...parts, test: parts.validation })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('test'),
    });
    await expect(runTrial(spec, parts, { weights: new Map() })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(runTrial({ ...spec, pretrained: true }, parts)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  const { spec } = planTrials(parts, { ...tiny, backbones: [shallow] })[0]!;
  const part = spec.parts.train;

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^spec needs an object with at least \{ name, backbone, .*, got undefined\.$/],
    ['an empty one', {}, /^spec\.name must be the name of a row, a text, got undefined\.$/],
    ['a misspelt width', { ...spec, widht: 0.5 }, /^spec has no option "widht"\. It has: name, backbone/],
    ['a misspelt batch size', { ...spec, batchSise: 2 }, /^spec has no option "batchSise"\. .*"batchSize"\?$/],
    ['a batch as text', { ...spec, batchSize: '6' }, /^spec\.batchSize must be a whole number above 0, got "6"\.$/],
    ['a misspelt head', { ...spec, head: { dens: [8] } }, /^The spec "shallow": head has no option "dens"/],
    ['no head', { ...spec, head: false }, /^The spec "shallow": head is false/],
    ['a block too many', { ...spec, endBlock: 99 }, /^The spec "shallow": endBlock must be .*, got 99/],
    ['no such backbone', { ...spec, backbone: 'resnet7' }, /^The spec "shallow": There is no backbone "resnet7"/],
    ['a misspelt stage', { ...spec, stages: [{ ...tiny.stages[0], epoch: 1 }] }, /no option "epoch".*"epochs"/],
    ['two stages of one name', { ...spec, stages: [tiny.stages[0], tiny.stages[0]] }, /share a name/],
    ['no shape', { ...spec, inputShape: undefined }, /^spec\.inputShape must be \[height, width, channels\]/],
    ['one class', { ...spec, classes: ['left'] }, /^The spec "shallow": .* two or more classes/],
    ['a misspelt weighting', { ...spec, classWeight: 'balance' }, /Do you mean 'balanced'/],
    ['pretrained by a word', { ...spec, pretrained: 'yes' }, /^spec\.pretrained must be true, .*got "yes"/],
    ['a part too few', { ...spec, parts: { train: part, test: part } }, /^spec\.parts\.validation must be an object/],
    [
      'a part by its size',
      { ...spec, parts: { ...spec.parts, train: { samples: 12 } } },
      /^spec\.parts\.train\.fingerprint must be text, got undefined/,
    ],
  ])('refuses %s', async (_, given, message) => {
    await expect(runTrial(given as TrialSpec, parts)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(message),
    });
  });

  it('refuses parts that are none', async () => {
    await expect(runTrial(spec, { train: parts.train } as DatasetSplit)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^runTrial needs parts \{ train, validation, test \}.*validation is undefined/),
    });
  });

  it('runs from a spec that travelled as text', async () => {
    const [trial] = planTrials(parts, { ...tiny, stages: [tiny.stages[0]], backbones: [shallow] });
    const row = await runTrial(JSON.parse(JSON.stringify(trial!.spec)) as TrialSpec, parts);
    expect(row).toMatchObject({ spec: trial!.spec, stages: [{ name: 'transfer learning' }] });
  });
});
