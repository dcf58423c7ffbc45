import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import * as spine from 'spine-xray-ml';
import * as weights from 'spine-xray-ml/weights';
import * as backend from 'spine-xray-ml/backend';
import * as study from 'spine-xray-ml/study';
import * as phantom from 'spine-xray-ml/phantom';
import * as report from 'spine-xray-ml/report';
import * as node from 'spine-xray-ml/node';
import { useTestBackend } from '../support/backend.js';
import { explanation, history, strips } from '../report/samples.js';
import { publicFunctions } from './publicFunctions.js';
import { js, refusal } from './refusal.js';

useTestBackend();
afterAll(() => tf.disposeVariables());

const films = strips(['left', 'right'], 4);
const image = spine.imageFromPixels(new Uint8Array(4), { height: 2, width: 2 });
const random = spine.createRandom(1);
const nowhere = join(tmpdir(), 'spine-xray-ml-nowhere');
const file = { url: 'http://localhost:9/model.h5' };
const arrays: spine.NamedArrays = new Map();
const parts = { train: films, validation: films, test: films };
const small = { classes: 2, seed: 1, width: 0.125, endBlock: 1, inputShape: [32, 32, 3] } as const;
const { spec } = study.planTrials(parts, { backbones: ['alexnet'], seed: 1 })[0]!;
const predict: spine.PredictFn = (images) => images as never;
const masker = spine.constantMasker(0);
const parameters = phantom.drawPhantom(random, 'normal');
const emptyComparison = { classes: ['left', 'right'], rows: [] };
let made: ReturnType<typeof spine.buildXception> | undefined;
const model = () => (made ??= spine.buildXception(small));

/** A call of each public function that takes options, with all that it needs and `wrong` beside it. */
const calls: Readonly<Record<string, (wrong: object) => unknown>> = {
  PartitionExplainer: (wrong) => new spine.PartitionExplainer(predict, { masker, ...wrong }),
  'PartitionExplainer.explain': (wrong) => new spine.PartitionExplainer(predict, { masker }).explain(image, wrong),
  augment: (wrong) => spine.augment(image, { seed: 1, ...wrong }),
  augmentDataset: (wrong) => spine.augmentDataset(films, { seed: 1, total: 9, ...wrong }),
  batches: (wrong) => spine.batches(films, wrong),
  blurMasker: (wrong) => spine.blurMasker({ size: 2, ...wrong }),
  'brightnessContrast.draw': (wrong) => spine.brightnessContrast.draw(random, wrong),
  buildBackbone: (wrong) => spine.buildBackbone('alexnet', { classes: 2, seed: 1, ...wrong }),
  buildXception: (wrong) => spine.buildXception({ ...small, ...wrong }),
  cacheImages: (wrong) => spine.cacheImages(films, wrong),
  chooseBackend: (wrong) => spine.chooseBackend(wrong),
  classCountsChart: (wrong) => report.classCountsChart({ classes: ['a'], parts: ['train'], counts: [[1]] }, wrong),
  classification: (wrong) => spine.classification(wrong),
  compareBackbones: (wrong) => spine.compareBackbones(parts, { backbones: ['alexnet'], seed: 1, ...wrong }),
  comparisonTable: (wrong) => report.comparisonTable(emptyComparison, wrong),
  createReport: async (wrong) => {
    await expect(report.createReport(wrong)).rejects.toMatchObject({ code: 'invalid-argument' });
    return report.createReport({}, wrong);
  },
  curveChart: (wrong) => report.curveChart(history, wrong),
  curvesChart: (wrong) => report.curvesChart(history, wrong),
  describePhantom: (wrong) => phantom.describePhantom(parameters, 'normal', wrong),
  drawAugmentation: (wrong) => spine.drawAugmentation(random, wrong),
  exportFolders: (wrong) => node.exportFolders({ train: films }, nowhere, wrong),
  extractFeatures: (wrong) => spine.extractFeatures(model(), films, wrong),
  fetchWeightFile: (wrong) => weights.fetchWeightFile(file, wrong),
  fetchWeights: (wrong) => spine.fetchWeights(file, wrong),
  findLearningRate: (wrong) =>
    spine.findLearningRate(model(), { train: films }, { seed: 1, stage: { unfreeze: 'head' }, ...wrong }),
  fineTune: (wrong) => spine.fineTune(model(), parts, { seed: 1, ...wrong }),
  'horizontalFlip.draw': (wrong) => spine.horizontalFlip.draw(random, wrong),
  imageFiles: (wrong) => node.imageFiles(nowhere, wrong),
  imageFolder: (wrong) => node.imageFolder(nowhere, wrong),
  imageManifest: async (wrong) => {
    await expect(node.imageManifest(nowhere, { columns: wrong })).rejects.toMatchObject({ code: 'invalid-argument' });
    return node.imageManifest(nowhere, wrong);
  },
  kFold: (wrong) => spine.kFold(films, { seed: 1, ...wrong }),
  loadWeights: (wrong) => spine.loadWeights(model(), arrays, wrong),
  moveToBackend: (wrong) => backend.moveToBackend('nowhere', wrong),
  storeHandler: (wrong) => spine.storeHandler(spine.memoryStore(), wrong),
  'node.fetchWeightFile': (wrong) => node.fetchWeightFile(file, wrong),
  'node.fetchWeights': (wrong) => node.fetchWeights(file, wrong),
  overlay: (wrong) =>
    report.overlay(
      explanation([2, 2, 1], ['a'], () => 0),
      0,
      wrong,
    ),
  phantomDataset: (wrong) => phantom.phantomDataset({ seed: 1, total: 3, ...wrong }),
  planTrials: (wrong) => study.planTrials(parts, { backbones: ['alexnet'], seed: 1, ...wrong }),
  predictDataset: (wrong) => spine.predictDataset(model(), films, wrong),
  preprocess: (wrong) => spine.preprocess(image, wrong),
  readImage: (wrong) => node.readImage(nowhere, wrong),
  renderPhantom: (wrong) => phantom.renderPhantom(parameters, wrong),
  resize: (wrong) => spine.resize(image, { size: [2, 2], ...wrong }),
  runTrial: async (wrong) => {
    await expect(study.runTrial({ ...spec, ...wrong }, parts)).rejects.toMatchObject({ code: 'invalid-argument' });
    return study.runTrial(spec, parts, wrong);
  },
  'shiftScaleRotate.draw': (wrong) => spine.shiftScaleRotate.draw(random, wrong),
  splitDataset: (wrong) => spine.splitDataset(films, { seed: 1, ...wrong }),
  'transpose.draw': (wrong) => spine.transpose.draw(random, wrong),
  useWasmThreads: (wrong) => node.useWasmThreads(js({}), wrong),
  'verticalFlip.draw': (wrong) => spine.verticalFlip.draw(random, wrong),
  writeSafetensors: (wrong) => weights.writeSafetensors(arrays, wrong),
  writeWeights: (wrong) => node.writeWeights(nowhere, arrays, wrong),
};

describe('a misspelt option is refused', () => {
  it('by every public function that takes options: none is missing here', () => {
    expect(Object.keys(calls).sort()).toEqual(publicFunctions());
  });

  it.each(Object.entries(calls))('by %s', async (name, call) => {
    model();
    const message = await refusal(() => call({ quixotic: 1 }));
    expect(message).toMatch(/ has no option "quixotic"\. It has: \w+/);
    const owner = name === 'planTrials' ? 'compareBackbones' : name.replace(/^node\.|^\w+\.(?=explain)|\.draw$/g, '');
    expect(message).toMatch(new RegExp(`^${owner} has`));
  });
});
