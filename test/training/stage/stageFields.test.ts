import { describe, expect, it } from 'vitest';
import type { Stage } from 'spine-xray-ml';
import { checkStages, checkStepStage } from '../../../src/training/stage/stage.js';

const stage: Stage = {
  name: 'head',
  unfreeze: 'head',
  epochs: 2,
  learningRate: 0.01,
  schedule: { kind: 'plateau', patience: 3 },
  weightDecay: 0.1,
};

class Getters implements Stage {
  get name() {
    return stage.name;
  }
  get unfreeze() {
    return stage.unfreeze;
  }
  get epochs() {
    return stage.epochs;
  }
  get learningRate() {
    return stage.learningRate;
  }
  get schedule() {
    return stage.schedule!;
  }
  get weightDecay() {
    return stage.weightDecay!;
  }
}

describe('the fields of a stage', () => {
  it.each<[string, () => Stage]>([
    ['inherited', () => Object.create(stage) as Stage],
    ['getters of a class', () => new Getters()],
    [
      'inherited, one of them written over by undefined',
      () => Object.assign(Object.create(new Getters()), { patience: undefined }) as Stage,
    ],
  ])('may be %s', (_, make) => {
    const [whole] = checkStages([stage]);
    expect(whole).toMatchObject({
      optimizer: { kind: 'adam', beta1: 0.9 },
      weightDecay: { rate: 0.1, weights: 'kernels' },
    });
    expect(checkStages([make()])).toEqual([whole]);
    expect(checkStepStage(make())).toEqual(checkStepStage(stage));
  });

  it('are refused where they are misspelt, whoever has them', () => {
    const misspelt = Object.assign(Object.create(stage), { patiense: 3 }) as Stage;
    expect(() => checkStages([misspelt])).toThrow(/^Stage "head": a stage has no option "patiense"\. Do you mean/);
  });
});
