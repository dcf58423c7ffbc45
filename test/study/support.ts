import {
  ndarrayOf,
  buildXception,
  type ComparedBackbone,
  type CompareBackbonesOptions,
  type DatasetSplit,
  type NamedArrays,
} from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { halves, side } from '../training/support.js';

export const parts: DatasetSplit = { train: halves(12, 1), validation: halves(6, 2), test: halves(8, 3) };

/** Small enough for a test: what every comparison here shares. */
export const tiny = {
  seed: 1,
  inputShape: [side, side, 3],
  head: { dense: [8], dropout: 0.3 },
  batchSize: 6,
  stages: [
    { name: 'transfer learning', unfreeze: 'head', epochs: 2, learningRate: 1e-2 },
    { name: 'fine tuning', unfreeze: 'all', epochs: 1, learningRate: 1e-3 },
  ],
} as const satisfies Omit<CompareBackbonesOptions, 'backbones'>;

export const shallow: ComparedBackbone = { name: 'shallow', backbone: 'xception', width: 0.125, endBlock: 2 };
export const deeper: ComparedBackbone = {
  name: 'deeper',
  backbone: 'xception',
  width: 0.125,
  endBlock: 3,
  unfreeze: { 'fine tuning': { from: 'block3_sepconv1' } },
};

/** Weights of a small Xception with another head. */
export function pretrained(endBlock: number, width = 0.125): NamedArrays {
  const model = buildXception({
    classes: 5,
    seed: 9,
    width,
    endBlock,
    inputShape: [side, side, 3],
    head: { dense: [] },
  });
  const arrays = new Map(
    modelWeights(model).map(({ name, shape, read }) => [name, ndarrayOf(Float32Array.from(read().dataSync()), shape)]),
  );
  model.dispose();
  return arrays;
}
