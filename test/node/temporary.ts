import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { isSpineError, type SpineErrorCode } from 'spine-xray-ml';

/** A folder for the pictures of one test file, gone afterwards. */
export function useTemporaryFolder(): (...path: string[]) => string {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spine-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (...path) => join(folder, ...path);
}

/** The code and message of the SpineError that a promise rejects with. */
export async function failure(
  promise: Promise<unknown>,
): Promise<{ code: SpineErrorCode; message: string; details: Readonly<Record<string, unknown>> }> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isSpineError(error)) expect.fail(`expected a SpineError, got ${String(error)}`);
  return { code: error.code, message: error.message, details: { ...error.details } };
}
