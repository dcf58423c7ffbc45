import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  SpineError,
  isSpineError,
  type AnySpineError,
  type SpineErrorCode,
  type SpineErrorDetails,
} from 'spine-xray-ml';

const missing: unknown = new SpineError('file-missing', 'There is no file a.png.', { details: { file: 'a.png' } });

describe('SpineError', () => {
  it('carries code, message, cause and details', () => {
    const cause = new Error('disk');
    const error = new SpineError('write-failed', 'It could not be written.', { cause, details: { path: 'out' } });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'SpineError', code: 'write-failed', cause, details: { path: 'out' } });
  });

  it('has empty details where none are given, and no cause', () => {
    const error = new SpineError('training-diverged', 'It diverged.');
    expect(error.details).toEqual({});
    expect('cause' in error).toBe(false);
  });

  it('asks for the details that a code always has, and refuses those that it never has', () => {
    const made = [
      // @ts-expect-error: details are missing.
      new SpineError('dependency-missing', 'It needs sharp.'),
      // @ts-expect-error: package is missing.
      new SpineError('dependency-missing', 'It needs sharp.', { details: {} }),
      // @ts-expect-error: no detail of this code.
      new SpineError('file-missing', 'It is missing.', { details: { path: 'a.png' } }),
      // @ts-expect-error: no detail of this code, which has none.
      new SpineError('training-diverged', 'It diverged.', { details: { path: 'a.png' } }),
      // @ts-expect-error: no code.
      new SpineError('file-mising', 'It is missing.'),
    ];
    expect(made.every((error) => isSpineError(error))).toBe(true);
  });
});

describe('isSpineError', () => {
  it('tells codes apart', () => {
    expect(isSpineError(missing)).toBe(true);
    expect(isSpineError(missing, 'file-missing')).toBe(true);
    expect(isSpineError(missing, 'write-failed')).toBe(false);
    for (const other of [new Error('no'), undefined, null, 'file-missing', { code: 'file-missing' }])
      expect(isSpineError(other)).toBe(false);
  });

  it('recognizes the class of another copy of the package', () => {
    class OtherCopy extends Error {
      readonly code = 'file-missing';
      constructor() {
        super('There is no file.');
        Object.defineProperty(this, Symbol.for('spine-xray-ml.SpineError'), { value: true });
      }
    }
    expect(isSpineError(new OtherCopy(), 'file-missing')).toBe(true);
  });

  it('types the details by the code that is asked for', () => {
    if (!isSpineError(missing, 'file-missing')) expect.fail('it is one');
    expectTypeOf(missing).toEqualTypeOf<SpineError<'file-missing'>>();
    expectTypeOf(missing.details.file).toEqualTypeOf<string | undefined>();
    expectTypeOf(missing.details).not.toHaveProperty('path');
    expect(missing.details.file).toBe('a.png');
  });

  it('types the details by the code that is found', () => {
    if (!isSpineError(missing)) expect.fail('it is one');
    expectTypeOf(missing).toEqualTypeOf<AnySpineError>();
    expectTypeOf(missing.details.id).toEqualTypeOf<string | undefined>();
    expectTypeOf(missing.code).toEqualTypeOf<SpineErrorCode>();
    if (missing.code === 'download-failed') expectTypeOf(missing.details.url).toEqualTypeOf<string>();
    if (missing.code !== 'file-missing') expect.fail('it is of this code');
    expectTypeOf(missing.details).toEqualTypeOf<SpineErrorDetails['file-missing'] & { readonly id?: string }>();
    expectTypeOf<AnySpineError>().toExtend<SpineError>();
    expect(missing.details).toEqual({ file: 'a.png' });
  });
});
