import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { buildBackbone, loadWeights, readWeights, type BackboneName } from 'spine-xray-ml';
import { backendName, useTestBackend } from '../support/backend.js';
import { deviations, type Activation } from '../support/formula.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

interface Entry {
  readonly file: string;
  readonly backbone: BackboneName;
  readonly side: number;
  readonly width: number;
  readonly endBlock: number;
  readonly activations: Readonly<Record<string, Activation>>;
}

const folder = new URL('../golden/backbone_files/', import.meta.url);
const entries = JSON.parse(readFileSync(new URL('activations.json', folder), 'utf8')) as readonly Entry[];

describe(`files that Keras wrote, narrowed and cut, on ${backendName}`, () => {
  it.each(entries)(
    '$file makes $backbone compute what Keras computes, at three depths',
    async ({ file, backbone, side, width, endBlock, activations }) => {
      const model = buildBackbone(backbone, {
        classes: 2,
        seed: 1,
        width,
        endBlock,
        head: false,
        inputShape: [side, side, 3],
        inputRange: [0, 1],
      });
      const weights = await readWeights(gunzipSync(readFileSync(new URL(`${file}.gz`, folder))));
      const { missing, unexpected } = loadWeights(model, weights);
      expect({ missing, unexpected }).toEqual({ missing: [], unexpected: [] });

      const found = await deviations(model, side, activations);
      expect(found.size).toBe(3);
      for (const [depth, deviation] of found) expect(deviation, depth).toBeLessThan(1e-4);
    },
  );

  it('are refused where the model normalizes its images otherwise', async () => {
    const model = buildBackbone('efficientnetB0', { classes: 2, seed: 1, width: 0.25, endBlock: 3 });
    const weights = await readWeights(gunzipSync(readFileSync(new URL('efficientnetB0.keras.gz', folder))));
    expect(() => loadWeights(model, weights, { strict: false })).toThrow(/inputRange: \[0, 1\]/);
  });
});
