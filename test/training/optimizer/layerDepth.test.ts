import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { buildBackbone } from 'spine-xray-ml';
import { readGraph } from '../../../src/network/graph.js';
import { headLayers } from '../../../src/network/head.js';
import { layerDepths } from '../../../src/training/optimizer/layerDecay.js';
import { useTestBackend } from '../../support/backend.js';
import { smallXception } from '../support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

/** The names of the layers with weights at each depth, the head first. */
function groups(model: tfl.LayersModel): string[][] {
  const result: string[][] = [];
  const graph = readGraph(model);
  for (const [{ name, weights }, depth] of layerDepths({ graph, head: headLayers(graph) })) {
    if (weights.length > 0) (result[depth] ??= []).push(name);
  }
  return result.map((names) => names.sort());
}

describe('the depth of layers', () => {
  it('counts residual blocks as one, shortcuts with them, and batch norms with what they follow', () => {
    expect(groups(smallXception())).toEqual([
      ['head_dense_1', 'predictions'],
      [
        'batch_normalization_2',
        'block3_sepconv1',
        'block3_sepconv1_bn',
        'block3_sepconv2',
        'block3_sepconv2_bn',
        'conv2d_2',
      ],
      [
        'batch_normalization_1',
        'block2_sepconv1',
        'block2_sepconv1_bn',
        'block2_sepconv2',
        'block2_sepconv2_bn',
        'conv2d_1',
      ],
      ['block1_conv2', 'block1_conv2_bn'],
      ['block1_conv1', 'block1_conv1_bn'],
    ]);
  });

  it.each(['mobilenet', 'vgg16', 'efficientnetB0', 'googlenet'] as const)(
    'of %s gives each layer with weights one block without gaps',
    (name) => {
      const model = buildBackbone(name, { classes: 2, seed: 1, inputShape: [96, 96, 3], width: 0.125 });
      const found = groups(model);
      expect(found.flat().length).toBe(
        new Set(
          readGraph(model)
            .steps.filter(({ layer }) => layer.weights.length > 0)
            .map(({ layer }) => layer),
        ).size,
      );
      // Object.values would skip a gap; every does not exist on holes either.
      for (let depth = 0; depth < found.length; depth++)
        expect(found[depth]?.length, `depth ${depth}`).toBeGreaterThan(0);
      expect(found.length).toBeGreaterThan(8);
    },
  );
});
