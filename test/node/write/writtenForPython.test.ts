import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, buildBackbone, loadWeights } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { writeFileAtomic, writeWeights } from 'spine-xray-ml/node';
import { useTestBackend } from '../../support/backend.js';
import { useTemporaryFolder } from '../temporary.js';

useTestBackend();
const path = useTemporaryFolder();

/** A Python with keras, tensorflow and safetensors; without it, this test is left out. */
const python = process.env['SPINE_PYTHON'];
const script = fileURLToPath(new URL('../../golden/check_written.py', import.meta.url));

describe.skipIf(python === undefined)('what Node writes', () => {
  it.each([
    ['xception', 2],
    ['densenet169', 1],
    ['resnet101', 2],
  ] as const)('opens in Python, and makes Keras’s %s compute the same', async (backbone, endBlock) => {
    const side = 72;
    const model = buildBackbone(backbone, { classes: 2, seed: 3, inputShape: [side, side, 3], endBlock, head: false });
    // Moving statistics and biases that are not what every new model has.
    const drawn = modelWeights(model).filter(({ name }) => /\/(bias|beta|moving_mean|moving_variance)$/.test(name));
    loadWeights(
      model,
      new Map(
        drawn.map(({ name, shape }, index) => [
          name,
          ndarrayOf(
            Float32Array.from({ length: shape[0]! }, (_, i) => 0.8 + 0.3 * Math.sin(index + i)),
            shape,
          ),
        ]),
      ),
      { strict: false },
    );
    const pixels = Float32Array.from({ length: side * side * 3 }, (_, i) => 0.5 + 0.5 * Math.sin(i / 7));
    const output = tf.tidy(() => model.predict(tf.tensor(pixels, [1, side, side, 3])) as tf.Tensor);

    const metadata = { trained: 'never' };
    await writeWeights(path(backbone, 'model.safetensors'), model, { metadata });
    const example = new Map([
      ['image', ndarrayOf(pixels, [side, side, 3])],
      ['output', ndarrayOf(new Float32Array(await output.data()), output.shape.slice(1))],
    ]);
    await writeWeights(path(backbone, 'example.safetensors'), example);
    const endLayer = model.layers.at(-1)?.name;
    await writeFileAtomic(path(backbone, 'written.json'), JSON.stringify({ backbone, endLayer, metadata }));
    tf.dispose(output);

    const { stdout } = await promisify(execFile)(python!, [script, path(backbone)]);
    expect((JSON.parse(stdout) as { readonly difference: number }).difference).toBeLessThan(1e-4);
  });
});
