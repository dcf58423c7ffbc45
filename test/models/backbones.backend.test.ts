import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  backboneFacts,
  backboneNames,
  buildBackbone,
  loadWeights,
  type BackboneName,
  type BackboneVariant,
} from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { backendName, useTestBackend } from '../support/backend.js';
import { deviations, setFormulaWeights, type Activation } from '../support/formula.js';
import { formulaState, namingsOf, torchNames } from '../support/torchState.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

interface Reference {
  readonly source: string;
  readonly side: number;
  readonly parameters: number;
  readonly weights: number;
  readonly digest: string;
  readonly activations: Readonly<Record<string, Activation>>;
}

const folder = new URL('../golden/backbones/', import.meta.url);
const references = readdirSync(folder).map((file) => {
  const [variant, name] = file.replace('.json', '').split('_') as [BackboneVariant, BackboneName];
  return { variant, name, reference: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Reference };
});

const digestOf = (weights: Iterable<{ readonly name: string; readonly shape: readonly number[] }>) =>
  createHash('sha256')
    .update(
      Array.from(weights, ({ name, shape }) => `${name} ${shape.join('x')}`)
        .sort()
        .join('\n'),
    )
    .digest('hex');

const build = (name: BackboneName, variant: BackboneVariant, side: number) =>
  buildBackbone(name, { classes: 2, seed: 1, variant, head: false, inputShape: [side, side, 3], inputRange: [0, 1] });

describe.each(references.filter(({ variant }) => variant === 'keras'))(
  `$name as Keras defines it, on ${backendName}`,
  ({ name, variant, reference }) => {
    const { side, activations, source } = reference;

    it(`has the weights and, at three depths, the activations of ${source}`, async () => {
      const model = build(name, variant, side);
      expectWeights(model, reference);
      setFormulaWeights(model);
      await expectActivations(model, side, activations);
    }, 300_000);
  },
);

describe.each(references.filter(({ variant }) => variant === 'torch'))(
  `$name as torch defines it, on ${backendName}`,
  ({ name, variant, reference }) => {
    const { side, activations, source } = reference;

    it.each(namingsOf(name))(
      `has, loaded from a state dict in the names of %s, the activations of ${source} at three depths`,
      async (naming) => {
        const model = build(name, variant, side);
        expectWeights(model, reference);
        const state = formulaState(model, name, naming);
        if (naming !== 'older torchvision')
          expect(digestOf([...state].map(([key, { shape }]) => ({ name: key, shape })))).toBe(
            torchNames.digests[naming][name],
          );
        expect(loadWeights(model, state)).toEqual({
          matched: modelWeights(model).map((weight) => weight.name),
          missing: [],
          unexpected: [],
        });
        await expectActivations(model, side, activations);
      },
      300_000,
    );
  },
);

function expectWeights(model: tfl.LayersModel, { parameters, weights, digest }: Reference): void {
  const own = modelWeights(model);
  expect({ parameters: model.countParams(), weights: own.length }).toEqual({ parameters, weights });
  expect(
    digestOf(own),
    own
      .slice(0, 8)
      .map(({ name }) => name)
      .join('\n'),
  ).toBe(digest);
}

async function expectActivations(
  model: tfl.LayersModel,
  side: number,
  activations: Reference['activations'],
): Promise<void> {
  const found = await deviations(model, side, activations);
  expect(found.size).toBe(3);
  for (const [depth, deviation] of found) expect(deviation, depth).toBeLessThan(1e-4);
}

describe('the references', () => {
  it('are there for every backbone but Xception, which has its own test, in every variant', () => {
    const expected = backboneNames
      .filter((name) => name !== 'xception')
      .flatMap((name) => backboneFacts(name).variants.map((variant) => `${variant} ${name}`));
    expect(references.map(({ variant, name }) => `${variant} ${name}`).sort()).toEqual(expected.sort());
  });

  it('of state dicts are there for every backbone that torchvision defines; timm’s are the same but for EfficientNet’s', () => {
    const ofTorch = backboneNames.filter((name) => backboneFacts(name).variants.includes('torch'));
    expect(Object.keys(torchNames.digests.torchvision).sort()).toEqual([...ofTorch].sort());
    expect(Object.keys(torchNames.digests.timm).sort()).toEqual(
      ofTorch.filter((name) => name !== 'googlenet' && name !== 'alexnet').sort(),
    );
    expect(ofTorch.filter((name) => namingsOf(name).includes('timm'))).toEqual(['efficientnetB3', 'efficientnetB0']);
  });
});
