import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { NamedArrays } from 'spine-xray-ml';

const folder = new URL('../golden/keras_files/', import.meta.url);

/** A file that test/golden/keras_files.py wrote. */
export const weightFile = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

/** What a model of those files holds. */
export interface Described {
  readonly name: string;
  readonly shape: readonly number[];
  readonly sum: number;
  readonly first: readonly number[];
}

export const described = (
  JSON.parse(readFileSync(new URL('../golden/keras_files.json', import.meta.url), 'utf8')) as {
    models: Record<string, Described[]>;
  }
).models;

/** @param rename from Keras's name to the one expected. */
export function expectWeights(
  weights: NamedArrays,
  model: string,
  rename: (name: string) => string = (name) => name,
): void {
  const expected = described[model]!;
  expect([...weights.keys()].sort()).toEqual(expected.map(({ name }) => rename(name)).sort());
  for (const { name, shape, sum, first } of expected) {
    const found = weights.get(rename(name));
    expect(found?.shape, name).toEqual(shape);
    const values: number[] = Array.from(found?.data ?? []);
    expect(values.slice(0, first.length), name).toEqual(first);
    // Exact but for the order in which NumPy adds.
    expect(
      values.reduce((total, value) => total + value, 0),
      name,
    ).toBeCloseTo(sum, 9);
  }
}
