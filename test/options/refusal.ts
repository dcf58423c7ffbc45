import * as tf from '@tensorflow/tfjs-core';
import { isSpineError } from 'spine-xray-ml';
import { expect } from 'vitest';

/** What plain JavaScript gives where the types want something else. */
export const js = (value: unknown) => value as never;

/** The `invalid-argument` that the work must end in, before it leaves a tensor. */
export async function refusal(work: () => unknown): Promise<string> {
  const before = tf.memory().numTensors;
  try {
    await work();
  } catch (error) {
    if (!isSpineError(error, 'invalid-argument')) throw error;
    expect(tf.memory().numTensors).toBe(before);
    return error.message;
  }
  return expect.unreachable();
}
