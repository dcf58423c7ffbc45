import { expect } from 'vitest';
import { isSpineError } from 'spine-xray-ml';

/** The message of the `weights-mismatch` that the work must end in. */
export function mismatch(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isSpineError(error, 'weights-mismatch')) return error.message;
    throw error;
  }
  return expect.unreachable();
}
