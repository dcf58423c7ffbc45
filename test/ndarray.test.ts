import { describe, expect, it } from 'vitest';
import { ndarrayOf } from 'spine-xray-ml';

describe('ndarrayOf', () => {
  it('keeps shape and strides of its own, not the lists that it was given', () => {
    const [shape, stride] = [
      [2, 2],
      [2, 1],
    ];
    const made = ndarrayOf(new Uint8Array(4), shape, stride);
    shape[0] = stride[0] = 9;
    expect([made.shape, made.stride]).toEqual([
      [2, 2],
      [2, 1],
    ]);
  });

  it('has T, the axes in reverse', () => {
    const made = ndarrayOf(Uint8Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3]);
    expect(made.T.shape).toEqual([3, 2, 1]);
    expect(made.T.get(2, 0, 0)).toBe(made.get(0, 0, 2));
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ['no shape', undefined, undefined, /^The shape of an ndarray must be a list .*; got undefined\.$/],
    ['null', null, undefined, /^The shape .* got null\.$/],
    ['a length', 4, undefined, /^The shape .* got 4\.$/],
    ['text', '4', undefined, /^The shape .* got "4"\.$/],
    ['null for strides', [4], null, /^The stride of an ndarray must be a list .*; got null\.$/],
  ])('refuses %s', (_, shape, stride, message) => {
    expect(() => ndarrayOf(new Uint8Array(4), shape as number[], stride as number[])).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) as string }),
    );
  });

  it('takes typed arrays alone', () => {
    for (const data of [[1, 2], new ArrayBuffer(4), new DataView(new ArrayBuffer(4)), undefined]) {
      expect(() => ndarrayOf(data as never, [2])).toThrow(
        expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(/typed array/) }),
      );
    }
  });
});
