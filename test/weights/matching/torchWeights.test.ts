import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ndarrayOf,
  buildBackbone,
  loadWeights,
  readSafetensors,
  type BuildBackboneOptions,
  type NamedArrays,
} from 'spine-xray-ml';
import { modelWeights, readTorchCheckpoint, torchWeights } from 'spine-xray-ml/weights';
import { rowMajor } from '../../../src/ndarray.js';
import { currentNames } from '../../../src/weights/matching/torchvisionNames.js';
import { useTestBackend } from '../../support/backend.js';
import { formulaImage } from '../../support/formula.js';
import { mismatch } from '../../support/mismatch.js';
import { torchNames } from '../../support/torchState.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

const read = (path: string) => new Uint8Array(readFileSync(new URL(`../../golden/${path}`, import.meta.url)));
const json = (path: string): unknown => JSON.parse(new TextDecoder().decode(read(path)));

/** The network of test/golden/torch_files.py, its layers called after torch's modules. */
function network(side: number): tfl.LayersModel {
  const { layers } = tfl;
  return tfl.sequential({
    layers: [
      layers.conv2d({
        name: 'features.0',
        inputShape: [side, side, 3],
        filters: 4,
        kernelSize: 3,
        strides: 2,
        useBias: false,
      }),
      layers.batchNormalization({ name: 'features.1', epsilon: 1e-5 }),
      layers.activation({ name: 'features.2', activation: 'relu' }),
      layers.depthwiseConv2d({ name: 'features.3', kernelSize: [3, 2], depthMultiplier: 2 }),
      layers.globalAveragePooling2d({ name: 'pool' }),
      layers.dense({ name: 'classifier', units: 3 }),
    ],
  });
}

describe('weights in torch naming', () => {
  it.each([
    ['network.safetensors', readSafetensors],
    ['network.pth', readTorchCheckpoint],
    ['network_legacy.pth', readTorchCheckpoint],
  ])('make the network compute what torch computes, from %s', (file, reader) => {
    const { side, output } = json('torch_files/files.json') as {
      readonly side: number;
      readonly output: readonly number[];
    };
    const model = network(side);
    const before = tf.memory().numTensors;
    const report = loadWeights(model, reader(read(`torch_files/${file}`)));
    expect(tf.memory().numTensors).toBe(before);
    expect(report).toEqual({ matched: modelWeights(model).map(({ name }) => name), missing: [], unexpected: [] });

    const computed = tf.tidy(() => Array.from((model.predict(formulaImage(side)) as tf.Tensor).dataSync()));
    output.forEach((value, index) => expect(computed[index]).toBeCloseTo(value, 5));
  });

  it('keep their torch names where the model has no place for them', () => {
    const own = torchWeights(
      new Map([
        ['fc.weight', ndarrayOf(new Float32Array(6), [2, 3])],
        ['features.1.num_batches_tracked', ndarrayOf(new Float32Array(1), [])],
      ]),
      network(11),
    );
    expect([...own.keys()]).toEqual(['fc.weight']);
  });

  it('are refused if their shape is of another layer', () => {
    const model = network(11);
    const weights = new Map(readTorchCheckpoint(read('torch_files/network.pth'))).set(
      'classifier.weight',
      ndarrayOf(new Float32Array(4), [2, 2, 1, 1]),
    );
    expect(mismatch(() => loadWeights(model, weights))).toContain(
      '"classifier/kernel" has shape [8, 3] in the model but [2, 2, 1, 1]',
    );
  });
});

describe('currentNames', () => {
  it.each(['efficientnet_b0', 'efficientnet_b3'] as const)('turns timm’s names of %s into torchvision’s', (network) => {
    const pairs = torchNames[network];
    expect(pairs.length).toBeGreaterThan(100);
    const timm = pairs.flatMap(([name]) => [
      name,
      name.replace('weight', 'bias'),
      name.replace('weight', 'running_var'),
    ]);
    const torchvision = pairs.flatMap(([, name]) => [
      name,
      name.replace('weight', 'bias'),
      name.replace('weight', 'running_var'),
    ]);
    expect([...currentNames(timm).values()]).toEqual(torchvision);
    expect([...currentNames(torchvision).values()]).toEqual(torchvision);
  });

  it('knows the names of torchvision’s older DenseNet files', () => {
    const old = [
      'features.denseblock1.denselayer2.norm.1.running_mean',
      'features.denseblock3.denselayer12.conv.2.weight',
      'features.transition1.norm.weight',
      'features.norm5.bias',
    ];
    expect([...currentNames(old).values()]).toEqual([
      'features.denseblock1.denselayer2.norm1.running_mean',
      'features.denseblock3.denselayer12.conv2.weight',
      'features.transition1.norm.weight',
      'features.norm5.bias',
    ]);
  });

  it('leaves the prefix of parallel training away', () => {
    expect([...currentNames(['module.conv1.weight', 'module.bn1.bias'])]).toEqual([
      ['module.conv1.weight', 'conv1.weight'],
      ['module.bn1.bias', 'bn1.bias'],
    ]);
    expect([...currentNames(['module.conv1.weight', 'bn1.bias']).values()]).toEqual([
      'module.conv1.weight',
      'bn1.bias',
    ]);
  });
});

describe('loadWeights', () => {
  const small = {
    classes: 2,
    seed: 1,
    width: 0.125,
    endBlock: 2,
    inputShape: [64, 64, 3],
  } as const satisfies BuildBackboneOptions;
  const weightsOf = (model: tfl.LayersModel): NamedArrays =>
    new Map(
      modelWeights(model).map(({ name, shape, read }) => [
        name,
        ndarrayOf(Float32Array.from(read().dataSync()), shape),
      ]),
    );
  /** The weights of a torch variant as torch would name and turn them. */
  const asTorch = (model: tfl.LayersModel): NamedArrays => {
    const torchName = {
      kernel: 'weight',
      gamma: 'weight',
      beta: 'bias',
      moving_mean: 'running_mean',
      moving_variance: 'running_var',
    };
    const backbone = [...weightsOf(model)].filter(([name]) => !/^(head_dense|predictions)/.test(name));
    return new Map(
      backbone.map(([name, values]) => {
        const [layer, variable] = name.split('/') as [string, keyof typeof torchName];
        const turned = variable === 'kernel' ? values.transpose(3, 2, 0, 1) : values;
        return [
          `${layer}.${Object.hasOwn(torchName, variable) ? torchName[variable] : variable}`,
          ndarrayOf(rowMajor(turned), turned.shape),
        ];
      }),
    );
  };

  it.each(['googlenet', 'alexnet', 'vgg16'] as const)(
    'takes torch’s weights for %s of the torch variant, under a head of ours',
    (name) => {
      const source = buildBackbone(name, { ...small, variant: 'torch' });
      const target = buildBackbone(name, { ...small, variant: 'torch', seed: 2, head: { dense: [] } });
      const weights = new Map([...asTorch(source), ['classifier.6.weight', ndarrayOf(new Float32Array(6), [3, 2])]]);
      const { missing, unexpected } = loadWeights(target, weights, { strict: false });
      expect(missing).toEqual(['predictions/kernel', 'predictions/bias']);
      expect(unexpected).toEqual(['classifier.6.weight']);
      const wanted = weightsOf(source);
      for (const [weight, values] of weightsOf(target)) {
        if (!weight.startsWith('predictions'))
          expect(Array.from(values.data)).toEqual(Array.from(wanted.get(weight)?.data ?? []));
      }
    },
  );

  it('refuses torch’s weights for Keras’s graph, and says which one to build', () => {
    const source = buildBackbone('vgg16', { ...small, variant: 'torch' });
    const target = buildBackbone('vgg16', { ...small, seed: 2 });
    const before = [...weightsOf(target).values()].map(({ data }) => Array.from(data));
    for (const weights of [asTorch(source), weightsOf(source)]) {
      expect(mismatch(() => loadWeights(target, weights, { strict: false }))).toMatch(
        /as torch names them \("features\.0[./].*vgg16 as Keras defines it\..*buildBackbone\('vgg16', \{ variant: 'torch', … \}\)/,
      );
    }
    expect([...weightsOf(target).values()].map(({ data }) => Array.from(data))).toEqual(before);
    const xception = buildBackbone('xception', { ...small });
    expect(mismatch(() => loadWeights(xception, asTorch(source)))).toMatch(
      /Where it pools, .* Only Keras's graph is offered/,
    );
  });

  it('refuses Keras’s weights for torch’s graph', () => {
    const keras = weightsOf(buildBackbone('vgg16', small));
    expect(
      mismatch(() => loadWeights(buildBackbone('vgg16', { ...small, variant: 'torch' }), keras, { strict: false })),
    ).toMatch(/as Keras names them \("block1_conv1\/kernel"\).*as torch defines it.*variant: 'keras'/);
    expect(mismatch(() => loadWeights(buildBackbone('googlenet', small), keras, { strict: false }))).toMatch(
      /Only torch's graph is offered/,
    );
  });

  it('looks for the backbone in a nested model, too', () => {
    const inner = buildBackbone('vgg16', { ...small, head: false });
    const outer = tfl.sequential({ layers: [inner, tfl.layers.globalAveragePooling2d({})] });
    const weights = asTorch(buildBackbone('vgg16', { ...small, variant: 'torch' }));
    expect(mismatch(() => loadWeights(outer, weights))).toMatch(/vgg16 as Keras defines it/);
  });

  it('moves a head between variants, and a torch variant to itself', () => {
    const source = buildBackbone('vgg16', { ...small, variant: 'torch' });
    const head = new Map([...weightsOf(source)].filter(([name]) => /^(head_dense_1|predictions)\//.test(name)));
    for (const variant of ['keras', 'torch'] as const) {
      expect(loadWeights(buildBackbone('vgg16', { ...small, variant }), head, { strict: false }).matched).toHaveLength(
        4,
      );
    }
    expect(loadWeights(buildBackbone('vgg16', { ...small, variant: 'torch' }), weightsOf(source)).missing).toEqual([]);
  });

  it('is not misled by a name that both have', () => {
    const inKeras = buildBackbone('vgg16', small);
    const inTorch = buildBackbone('vgg16', { ...small, variant: 'torch' });
    const [ofKeras, ofTorch] = [weightsOf(inKeras), weightsOf(inTorch)];
    const shared = (weights: NamedArrays, other: NamedArrays): NamedArrays => new Map([...weights, [...other][0]!]);
    for (const weights of [shared(ofTorch, ofKeras), shared(asTorch(inTorch), ofKeras)]) {
      expect(mismatch(() => loadWeights(inKeras, weights, { strict: false }))).toMatch(/as torch names them/);
    }
    expect(mismatch(() => loadWeights(inTorch, shared(ofKeras, ofTorch), { strict: false }))).toMatch(
      /as Keras names them/,
    );
    // The majority is of the model's own names: what the other has is unexpected, no more.
    expect(loadWeights(inKeras, shared(ofKeras, ofTorch), { strict: false }).unexpected).toEqual(['features.0/kernel']);
    expect(loadWeights(inTorch, shared(ofTorch, ofKeras), { strict: false }).unexpected).toEqual([
      'block1_conv1/kernel',
    ]);
  });

  it('takes a state dict that some of a head of ours was put into', () => {
    const model = buildBackbone('vgg16', { ...small, variant: 'torch' });
    const head = [...weightsOf(model)].filter(([name]) => name.startsWith('predictions/'));
    const { missing, matched } = loadWeights(model, new Map([...asTorch(model), ...head]), { strict: false });
    expect(missing).toEqual(['head_dense_1/kernel', 'head_dense_1/bias']);
    expect(matched).toContain('predictions/bias');
  });

  it('refuses a weight that is there under two names', () => {
    const model = buildBackbone('densenet169', { ...small, endBlock: 1, variant: 'torch' });
    const state = asTorch(model);
    const [current, old] = [
      'features.denseblock1.denselayer1.norm1.weight',
      'features.denseblock1.denselayer1.norm.1.weight',
    ];
    expect(
      mismatch(() => loadWeights(model, new Map([...state, [old, state.get(current)!]]), { strict: false })),
    ).toContain(`"${current}" twice, as "${current}" and as "${old}"`);
    const ours = 'features.conv0/kernel';
    expect(
      mismatch(() => loadWeights(model, new Map([...state, [ours, weightsOf(model).get(ours)!]]), { strict: false })),
    ).toContain(`"${ours}" twice`);
  });
});
