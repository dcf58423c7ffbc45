import { SpineError } from '../../../errors.js';

export function fail(reason: string, cause?: unknown): never {
  throw new SpineError('weights-format', `The PyTorch checkpoint cannot be read: ${reason}.`, { cause });
}
