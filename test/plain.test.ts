import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, differencesOf, hashText, notPlain, parse, stringify, withoutUndefined } from '../src/plain.js';

/** Plain records with numbers of every kind but −0, which JSON knows not. */
const anyPlain = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,4}$/),
  fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.array(fc.double().map((number) => number + 0)),
    fc.record({ inner: fc.double().map((number) => number + 0) }),
  ),
);

describe('plain values', () => {
  it('come back from JSON as they were, NaN and infinities included', () => {
    fc.assert(
      fc.property(anyPlain, (value) => {
        expect({ ...(parse(stringify(value)) as object) }).toEqual({ ...value });
      }),
    );
    expect(JSON.parse(stringify([NaN, 1]))).toEqual([{ $number: 'NaN' }, 1]);
  });

  it('have one text whatever the order of their keys, and another for another order of a list', () => {
    expect(canonical({ b: [1, 2], a: { d: 1, c: 2 } })).toBe('{"a":{"c":2,"d":1},"b":[1,2]}');
    expect(canonical({ a: { c: 2, d: 1 }, b: [1, 2] })).toBe(canonical({ b: [1, 2], a: { d: 1, c: 2 } }));
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
  });

  it('differ where they do, by path', () => {
    const saved = { a: 1, list: [{ x: 1 }, { x: 2 }], gone: true };
    expect(differencesOf('', saved, structuredClone(saved))).toEqual([]);
    expect(differencesOf('', saved, { a: 1, list: [{ x: 1 }, { x: 3 }], new: 0 })).toEqual([
      { path: 'list[1].x', saved: 2, given: 3 },
      { path: 'gone', saved: true, given: undefined },
      { path: 'new', saved: undefined, given: 0 },
    ]);
  });

  it('do not differ in NaN', () => {
    expect(differencesOf('', { a: NaN, b: [NaN] }, { a: NaN, b: [NaN] })).toEqual([]);
    expect(differencesOf('', { a: NaN }, { a: 1 })).toEqual([{ path: 'a', saved: NaN, given: 1 }]);
  });

  it('are told from what JSON does not bring back, which is named', () => {
    fc.assert(fc.property(anyPlain, (value) => notPlain('it', value) === undefined));
    expect(notPlain('it', { a: undefined, b: Object.create(null) as object })).toBeUndefined();
    const shared = [1];
    expect(notPlain('it', { a: shared, b: shared })).toBeUndefined();
    for (const [value, path, what] of [
      [1n, 'it', 'a bigint'],
      [[{ f: () => 1 }], 'it[0].f', 'a function'],
      [{ m: new Map() }, 'it.m', 'a Map'],
      [{ m: { t: Uint8Array.of(1) } }, 'it.m.t', 'a Uint8Array'],
      [undefined, 'it', 'undefined'],
    ] as const)
      expect(notPlain('it', value)).toEqual({ path, what });
  });

  it('lose what is undefined, and nothing else', () => {
    expect(Object.keys(withoutUndefined({ a: undefined, b: null, c: 0 }))).toEqual(['b', 'c']);
  });

  it('have a hash that tells lists of lines apart, by where a line ends too', () => {
    const lists = [[], [''], ['a'], ['a', ''], ['', 'a'], ['ab'], ['a', 'b'], ['b', 'a']];
    expect(new Set(lists.map(hashText)).size).toBe(lists.length);
    for (const list of lists) expect(hashText([...list])).toMatch(/^[0-9a-f]{16}$/);
    // Checkpoints that were written before hold it.
    expect(hashText(['film-1', 'film-2'])).toBe('7d22ff1aacf27649');
  });
});
