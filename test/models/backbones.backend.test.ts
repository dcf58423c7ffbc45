import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { backboneFacts, backboneNames, buildBackbone, modelWeights, type BackboneName, type Variant } from 'spine-xray-ml';
import { backendName, useTestBackend } from '../support/backend.js';
import { deviations, setFormulaWeights, type Activation } from '../support/formula.js';

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
  const [variant, name] = file.replace('.json', '').split('_') as [Variant, BackboneName];
  return { variant, name, reference: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Reference };
});

describe.each(references)(`$name as $variant defines it, on ${backendName}`, ({ name, variant, reference }) => {
  const { side, parameters, weights, digest, activations, source } = reference;

  it(`has the weights and, at three depths, the activations of ${source}`, async () => {
    const model = buildBackbone(name, { classes: 2, seed: 1, variant, head: false, inputShape: [side, side, 3], inputRange: [0, 1] });
    const own = modelWeights(model);
    const lines = own.map((weight) => `${weight.name} ${weight.shape.join('x')}`).sort();
    expect({ parameters: model.countParams(), weights: own.length }).toEqual({ parameters, weights });
    expect(createHash('sha256').update(lines.join('\n')).digest('hex'), lines.slice(0, 8).join('\n')).toBe(digest);

    setFormulaWeights(model);
    const found = await deviations(model, side, activations);
    expect(found.size).toBe(3);
    for (const [depth, deviation] of found) expect(deviation, depth).toBeLessThan(1e-4);
  }, 300_000);
});

describe('the references', () => {
  it('are there for every backbone but Xception, which has its own test, in every variant', () => {
    const expected = backboneNames.filter((name) => name !== 'xception').flatMap((name) => backboneFacts(name).variants.map((variant) => `${variant} ${name}`));
    expect(references.map(({ variant, name }) => `${variant} ${name}`).sort()).toEqual(expected.sort());
  });
});
