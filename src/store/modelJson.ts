import type * as tf from '@tensorflow/tfjs-core';

/** Whether a parsed `model.json` is one: a topology, and a manifest whose every part is as tfjs writes it. */
export function isModelJson(json: unknown): json is tf.io.ModelJSON {
  if (typeof json !== 'object' || json === null || !('modelTopology' in json) || !('weightsManifest' in json))
    return false;
  const { modelTopology, weightsManifest } = json;
  return (
    typeof modelTopology === 'object' &&
    modelTopology !== null &&
    Array.isArray(weightsManifest) &&
    weightsManifest.every(isGroup)
  );
}

function isGroup(group: Partial<Record<keyof tf.io.WeightsManifestConfig[number], unknown>> | null): boolean {
  const { paths, weights } = group ?? {};
  return (
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string') &&
    Array.isArray(weights) &&
    weights.every(isWeight)
  );
}

function isWeight(weight: Partial<Record<keyof tf.io.WeightsManifestEntry, unknown>> | null): boolean {
  const { name, shape, dtype, quantization } = weight ?? {};
  return (
    typeof name === 'string' &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    isDtype(dtype) &&
    (quantization === undefined ||
      (typeof quantization === 'object' &&
        quantization !== null &&
        'dtype' in quantization &&
        isDtype(quantization.dtype)))
  );
}

/** Bytes of a number of each type that weights are stored in; the length of text is in the data alone. */
const bytesOf = { float32: 4, int32: 4, bool: 1, complex64: 8, uint16: 2, uint8: 1, float16: 2, string: 0 };

const isDtype = (dtype: unknown): dtype is keyof typeof bytesOf =>
  typeof dtype === 'string' && Object.hasOwn(bytesOf, dtype);

/** The files that the weights are in, as `model.json` names them. */
export const shardPaths = (json: tf.io.ModelJSON): string[] => json.weightsManifest.flatMap((group) => group.paths);

/** Bytes that all weights take; undefined if some are text, whose length only the data tells. */
export function weightBytes(specs: readonly tf.io.WeightsManifestEntry[]): number | undefined {
  if (specs.some(({ dtype }) => dtype === 'string')) return undefined;
  return specs.reduce(
    (total, { shape, dtype, quantization }) =>
      total + shape.reduce((count, size) => count * size, bytesOf[quantization?.dtype ?? dtype]),
    0,
  );
}
