import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { constantMasker, explainDefaults, ndarrayOf, PartitionExplainer } from 'spine-xray-ml';
import { useTestBackend } from '../support/backend.js';
import {
  additivityErrors,
  goldenFunction,
  goldenImage,
  goldenMasker,
  largestDifference,
  predictEach,
  sum,
  type GoldenMasker,
} from './support.js';

interface GoldenCase {
  readonly shape: readonly [number, number, number];
  readonly masker: GoldenMasker;
  readonly outputs: readonly number[] | null;
  readonly maxEvaluations: number;
  readonly batchSize: number;
  readonly fixedContext: null | 0 | 1;
  readonly evaluations: number;
  readonly baseValues: readonly number[];
  readonly values: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/shap_partition.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenCase[];
  readonly ties: readonly Pick<GoldenCase, 'maxEvaluations' | 'batchSize' | 'fixedContext' | 'values'>[];
  readonly defaults: readonly number[];
};

/** The references hold 7 digits, of values below 0.1 and of outputs up to 1.3. */
const VALUE_TOLERANCE = 1e-7;
const OUTPUT_TOLERANCE = 1e-6;

useTestBackend();

describe('values equal those of shap.PartitionExplainer', () => {
  it.each(golden.cases.map((goldenCase) => [describeCase(goldenCase), goldenCase] as const))(
    '%s',
    async (_, { shape, masker, outputs, maxEvaluations, batchSize, fixedContext, ...expected }) => {
      const batches: number[] = [];
      const explainer = new PartitionExplainer(predictEach(goldenFunction, batches), {
        masker: goldenMasker(masker, shape),
      });
      const explanation = await explainer.explain(goldenImage(shape), {
        maxEvaluations,
        batchSize,
        fixedContext,
        ...(outputs && { outputs }),
      });

      expect(explanation.values.shape).toEqual([...shape, expected.baseValues.length]);
      expect(largestDifference(explanation.values.data, expected.values)).toBeLessThan(VALUE_TOLERANCE);
      expect(largestDifference(explanation.baseValues, expected.baseValues)).toBeLessThan(OUTPUT_TOLERANCE);
      expect(explanation.evaluations).toBe(expected.evaluations);
      expect(sum(batches)).toBe(expected.evaluations);
      expect(Math.max(...additivityErrors(explanation))).toBeLessThan(1e-9);
    },
  );

  it.each(golden.ties)(
    'also in the order of equals, first in first out: $maxEvaluations by $batchSize, context $fixedContext',
    async ({ values, ...options }) => {
      const tied = (x: Float64Array) => [sum(x.filter((_, p) => p % 4 === 0 && (p >> 3) % 4 === 0)) / 4];
      const explainer = new PartitionExplainer(predictEach(tied), { masker: constantMasker(0) });
      const ones = ndarrayOf(new Float32Array(64).fill(1), [8, 8, 1]);
      const explanation = await explainer.explain(ones, options);

      expect(largestDifference(explanation.values.data, values)).toBeLessThan(1e-9);
    },
  );

  it('defaults are SHAP’s', async () => {
    const shape = [16, 12, 3];
    const explainer = new PartitionExplainer(predictEach(goldenFunction), {
      masker: goldenMasker({ type: 'constant', value: 0.25 }, shape),
    });
    const explanation = await explainer.explain(goldenImage(shape), { outputs: [0] });

    expect(largestDifference(explanation.values.data, golden.defaults)).toBeLessThan(VALUE_TOLERANCE);
    expect(explanation).toMatchObject(explainDefaults);
  });
});

function describeCase({ shape, masker, outputs, maxEvaluations, batchSize, fixedContext }: GoldenCase): string {
  return `[${shape.join()}] ${masker.type}, outputs ${outputs?.join() ?? 'all'}, ${maxEvaluations} by ${batchSize}, context ${fixedContext}`;
}
