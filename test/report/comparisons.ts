import type { BackboneName, Comparison, FinishedTrial, Measurement, TrialResult, TrialSpec } from 'spine-xray-ml';
import { classificationIntervals, classificationReport, confusionMatrix } from 'spine-xray-ml/metrics';
import { history, predictions } from './samples.js';

export const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const part = { samples: 35, fingerprint: '0123456789abcdef' };

export function spec(name: string, backbone: BackboneName, settings: Partial<TrialSpec> = {}): TrialSpec {
  return {
    name,
    backbone,
    inputShape: [224, 224, 3],
    classes,
    seed: 1,
    batchSize: 16,
    stages: [
      { name: 'transfer learning', unfreeze: 'head', epochs: 4, learningRate: 1e-3 },
      { name: 'fine tuning', unfreeze: 'all', epochs: 2, learningRate: 1e-5 },
    ],
    parts: { train: part, validation: part, test: part },
    pretrained: true,
    ...settings,
  };
}

function measurement(total: number, share: number, seed: number): Measurement {
  const said = predictions(classes, total, share, seed);
  const confusion = confusionMatrix(said);
  return {
    samples: total,
    groups: new Set(said.groups).size,
    report: classificationReport(said),
    intervals: classificationIntervals(confusion),
    confusion,
    predictions: {
      classes,
      ids: said.ids,
      groups: said.groups,
      truth: [...said.truth],
      probabilities: said.ids.map((_, row) => classes.map((_, column) => said.probabilities.get(row, column))),
    },
  };
}

export function finishedRow(of: TrialSpec, share: number, seed: number, total = 35): FinishedTrial {
  const stages = of.stages.map(({ name }, index) => ({
    name,
    validation: measurement(total, share, seed + index),
    test: measurement(total, share, seed + 10 + index),
  }));
  return { spec: of, backend: 'wasm', seconds: 75.4, parameters: 1234567, history, stages };
}

export const failedRow: TrialResult = {
  spec: spec('DenseNet | narrow', 'densenet169', { width: 0.5 }),
  backend: 'wasm',
  seconds: 0.2,
  error: { code: 'weights-mismatch', message: 'The weights lack <2> tensors,\nsuch as "a*b".' },
};

/** A model that is mostly right, one that is mostly wrong, and one that failed. */
export const comparison: Comparison = {
  classes,
  rows: [
    finishedRow(spec('xception', 'xception', { endBlock: 13 }), 0.97, 1),
    finishedRow(spec('ResNet-101', 'resnet101'), 0.2, 2),
    failedRow,
  ],
};
