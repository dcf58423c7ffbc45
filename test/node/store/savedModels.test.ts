import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { backboneFacts, backboneNames, buildBackbone, modelMetadata, type BuildBackboneOptions } from 'spine-xray-ml';
import { exportWeights } from 'spine-xray-ml/weights';
import { folderHandler } from 'spine-xray-ml/node';
import { useTestBackend } from '../../support/backend.js';
import { useTemporaryFolder } from '../temporary.js';

useTestBackend();
afterEach(() => tf.disposeVariables());
const path = useTemporaryFolder();

async function saveAndLoad(model: tfl.LayersModel, folder: string): Promise<tfl.LayersModel> {
  await model.save(folderHandler(path(folder)));
  return tfl.loadLayersModel(folderHandler(path(folder)));
}

const predict = (model: tfl.LayersModel) =>
  tf.tidy(() => {
    const [, ...shape] = model.inputs[0]?.shape as number[];
    const size = shape.reduce((product, side) => product * side, 1);
    return Array.from((model.predict(tf.reshape(tf.linspace(0, 1, size), [1, ...shape])) as tf.Tensor).dataSync());
  });

describe('a saved model', () => {
  const variants = backboneNames.flatMap((name) => backboneFacts(name).variants.map((variant) => ({ name, variant })));
  const side = (name: (typeof backboneNames)[number]) => Math.max(32, backboneFacts(name).smallestSide);
  const build = (name: (typeof backboneNames)[number], options: Partial<BuildBackboneOptions> = {}) =>
    buildBackbone(name, {
      classes: ['a', 'b'],
      seed: 1,
      width: 0.125,
      inputShape: [side(name), side(name), 3],
      ...options,
    });

  it.each(variants)('is $name ($variant) again, with its head', async ({ name, variant }) => {
    const model = build(name, { variant });
    const loaded = await saveAndLoad(model, `${name}-${variant}`);
    expect(modelMetadata(loaded)).toEqual(modelMetadata(model));
    expect(loaded.layers.map((layer) => layer.name)).toEqual(model.layers.map((layer) => layer.name));
    const [own, again] = [await exportWeights(model), await exportWeights(loaded)];
    expect([...again].map(([weight, { data }]) => [weight, Array.from(data)])).toEqual(
      [...own].map(([weight, { data }]) => [weight, Array.from(data)]),
    );
    expect(predict(loaded)).toEqual(predict(model));
  });

  it('is a nested model again', async () => {
    const backbone = build('vgg16', { head: false, endBlock: 2 });
    const model = tfl.sequential({
      layers: [
        backbone,
        tfl.layers.globalAveragePooling2d({ name: 'pool' }),
        tfl.layers.dense({ name: 'out', units: 2 }),
      ],
    });
    const loaded = await saveAndLoad(model, 'nested');
    expect([...(await exportWeights(loaded)).keys()]).toEqual([...(await exportWeights(model)).keys()]);
    expect(predict(loaded)).toEqual(predict(model));
  });
});
