import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildXception, headLayerNames } from 'spine-xray-ml';
import { describeModel, modelDiagram, type DiagramStage, type ModelDescription } from 'spine-xray-ml/report';
import { useTestBackend } from '../../support/backend.js';
import { parseDocument } from '../html.js';

const { add, conv2d, separableConv2d, batchNormalization, maxPooling2d, activation } = layers.layers;

/** Xception in miniature: Keras's layer names and connections, one block of each flow, a few channels. */
function smallXception(): layers.LayersModel {
  const input = layers.input({ shape: [32, 32, 3], name: 'input' });
  const rescaled = activation({ activation: 'linear', name: 'to_input_range' }).apply(input);
  let x = conv2d({ filters: 4, kernelSize: 3, useBias: false, name: 'block1_conv1' }).apply(
    rescaled,
  ) as layers.SymbolicTensor;
  x = batchNormalization({ name: 'block1_conv1_bn' }).apply(x) as layers.SymbolicTensor;
  x = down(x, 2, 6, 1);
  const skip = x;
  x = separable(x, 'block5_sepconv1', 6);
  x = add({ name: 'add_3' }).apply([x, skip]) as layers.SymbolicTensor;
  x = down(x, 13, 8, 4);
  x = separable(x, 'block14_sepconv1', 10);
  let y = layers.layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x) as layers.SymbolicTensor;
  y = layers.layers.dense({ units: 5, activation: 'relu', name: 'dense' }).apply(y) as layers.SymbolicTensor;
  y = layers.layers.dropout({ rate: 0.3, name: 'dropout' }).apply(y) as layers.SymbolicTensor;
  y = layers.layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }).apply(y) as layers.SymbolicTensor;
  return layers.model({ inputs: input, outputs: y, name: 'small' });
}

function separable(x: layers.SymbolicTensor, name: string, filters: number): layers.SymbolicTensor {
  const y = separableConv2d({ filters, kernelSize: 3, padding: 'same', useBias: false, name }).apply(x);
  return batchNormalization({ name: `${name}_bn` }).apply(y) as layers.SymbolicTensor;
}

function down(x: layers.SymbolicTensor, block: number, filters: number, shortcut: number): layers.SymbolicTensor {
  const short = conv2d({
    filters,
    kernelSize: 1,
    strides: 2,
    padding: 'same',
    useBias: false,
    name: `conv2d_${shortcut}`,
  }).apply(x);
  const normal = batchNormalization({ name: `batch_normalization_${shortcut}` }).apply(short) as layers.SymbolicTensor;
  const deep = separable(x, `block${block}_sepconv1`, filters);
  const pool = maxPooling2d({ poolSize: 3, strides: 2, padding: 'same', name: `block${block}_pool` }).apply(
    deep,
  ) as layers.SymbolicTensor;
  return add({ name: `add_${shortcut}` }).apply([pool, normal]) as layers.SymbolicTensor;
}

useTestBackend();

describe('describeModel', () => {
  let model: layers.LayersModel;
  beforeAll(() => {
    model = smallXception();
  });
  afterAll(() => {
    model.dispose();
  });

  it("groups Xception's layers by flow, its head one by one", () => {
    const { name, blocks } = describeModel(model);
    expect(name).toBe('small');
    expect(blocks.map((block) => block.name)).toEqual([
      'Input',
      'Entry flow',
      'Middle flow',
      'Exit flow',
      'Global average pooling',
      'Dense',
      'Dropout',
      'Softmax',
    ]);
    expect(blocks.map((block) => block.head === true)).toEqual([false, false, false, false, true, true, true, true]);
    expect(blocks.slice(4).map((block) => block.detail)).toEqual([
      undefined,
      '5 units, relu',
      'rate 0.3',
      'dense, 3 classes',
    ]);
  });

  it('puts shortcuts and sums, which have no block in their names, where they belong', () => {
    const { blocks } = describeModel(model);
    const names = (block: number) => blocks[block]!.layers.map((layer) => layer.name);
    expect(names(1)).toEqual(expect.arrayContaining(['conv2d_1', 'batch_normalization_1', 'add_1']));
    expect(names(2)).toContain('add_3');
    expect(names(3)).toEqual(expect.arrayContaining(['conv2d_4', 'batch_normalization_4', 'add_4']));
    expect(blocks[1]!.layers.at(-1)!.outputShape).toEqual([null, 15, 15, 6]);
  });

  it('counts what the model counts, each layer once', () => {
    const all = describeModel(model).blocks.flatMap((block) => block.layers);
    expect(all.map((layer) => layer.name).sort()).toEqual(model.layers.map((layer) => layer.name).sort());
    expect(all.reduce((sum, layer) => sum + layer.parameters, 0)).toBe(model.countParams());
    const moving = all.reduce((sum, layer) => sum + (layer.statistics ?? 0), 0);
    // Mean and variance of every channel that is normalized.
    expect(moving).toBe(2 * (4 + 6 + 6 + 6 + 8 + 8 + 10));
  });

  it('groups other backbones by the numbers in their names', () => {
    const vgg = layers.sequential({
      layers: [
        conv2d({ filters: 2, kernelSize: 3, inputShape: [16, 16, 3], name: 'block1_conv1' }),
        maxPooling2d({ name: 'block1_pool' }),
        conv2d({ filters: 4, kernelSize: 3, name: 'block2_conv1' }),
        layers.layers.flatten({ name: 'flatten' }),
        layers.layers.dense({ units: 2, activation: 'softmax', name: 'predictions' }),
      ],
    });
    expect(describeModel(vgg).blocks.map((block) => block.name)).toEqual(['Block 1', 'Block 2', 'Flatten', 'Softmax']);
    vgg.dispose();
  });

  it('makes no tensor', () => {
    const before = tf.memory().numTensors;
    describeModel(model);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the real Xception', () => {
  it('is three flows and a head, which is what training calls the head', () => {
    const xception = buildXception({ classes: 3, seed: 1, width: 0.125, inputShape: [96, 96, 3] });
    const { blocks } = describeModel(xception);
    expect(blocks.slice(0, 4).map((block) => block.name)).toEqual(['Input', 'Entry flow', 'Middle flow', 'Exit flow']);
    expect(blocks.slice(1, 4).map((block) => block.detail?.split(' · ')[0])).toEqual([
      'blocks 1–4',
      'blocks 5–12',
      'blocks 13–14',
    ]);
    const head = blocks
      .filter((block) => block.head === true)
      .flatMap((block) => block.layers.map((layer) => layer.name));
    expect(head).toEqual(headLayerNames(xception));
    expect(blocks.at(-1)!.name).toBe('Softmax');
    expect(blocks.flatMap((block) => block.layers).reduce((sum, layer) => sum + layer.parameters, 0)).toBe(
      xception.countParams(),
    );
    xception.dispose();
  });
});

describe('modelDiagram', () => {
  let model: layers.LayersModel;
  beforeAll(() => {
    model = smallXception();
  });
  afterAll(() => {
    model.dispose();
  });

  it('says what each stage trains, moving statistics apart', () => {
    const description = describeModel(model);
    const trained = (from: string) => {
      const start = model.layers.findIndex((layer) => layer.name === from);
      return model.layers
        .slice(start)
        .flatMap((layer) => layer.weights.filter((weight) => !weight.originalName.includes('moving')))
        .reduce((sum, weight) => sum + weight.shape.reduce<number>((product, axis) => product * (axis ?? 1), 1), 0);
    };
    const { text } = parseDocument(
      modelDiagram(description, [
        { name: 'one', unfreeze: 'head' },
        { name: 'two', unfreeze: { from: 'block13_sepconv1' } },
        { name: 'three', unfreeze: 'all' },
      ]),
    );
    expect(text).toContain(`one , ${trained('avg_pool')} parameters`);
    expect(text).toContain(`two , ${trained('block13_sepconv1')} parameters`);
    expect(text.replaceAll(',', '')).toContain(`three  ${trained('input')} parameters`);
  });

  it('marks each block as trained, in part or frozen', () => {
    const { tags } = parseDocument(
      modelDiagram(describeModel(model), [{ name: 'tune', unfreeze: { from: 'block14_sepconv1' } }]),
    );
    const marks = tags.flatMap(({ attributes }) => attributes['aria-label'] ?? []);
    expect(marks).toEqual([
      'frozen in tune',
      'frozen in tune',
      'trained in part in tune',
      'trained in tune',
      'trained in tune',
    ]);
  });

  it('refuses a stage that unfreezes from a layer the model lacks', () => {
    expect(() => modelDiagram(describeModel(model), [{ name: 'tune', unfreeze: { from: 'block99' } }])).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining('block99') }),
    );
  });
});

describe('what is no model', () => {
  const one = {
    blocks: [{ name: 'a', layers: [{ name: 'b', type: 'Dense', outputShape: [null, 2], parameters: 1 }] }],
  };
  it.each<[string, () => unknown, RegExp]>([
    [
      'describeModel()',
      () => describeModel(undefined as never),
      /^model must be a model of tfjs layers, got undefined/,
    ],
    ['describeModel({})', () => describeModel({} as never), /^model must be a model of tfjs layers, got \{\}/],
    ['modelDiagram()', () => modelDiagram(undefined as never), /^description must be a description of a model/],
    ['modelDiagram({})', () => modelDiagram({} as ModelDescription), /^description\.blocks must be a list of blocks/],
    [
      'modelDiagram of a stage by name',
      () => modelDiagram(one, ['head'] as never),
      /^stages must be a list of stages \{ name, unfreeze \}, got \["head"\]/,
    ],
    [
      'modelDiagram of a stage without its layers',
      () => modelDiagram(one, [{ name: 'x' } as DiagramStage]),
      /^stages\[0\]\.unfreeze must be 'head' or 'all', or \{ from: name of a layer \}, got undefined/,
    ],
  ])('is refused: %s', (_, work, message) => {
    expect(work).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) as string }),
    );
  });
});
