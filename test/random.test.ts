import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, isSpineError } from 'spine-xray-ml';

const many = (count: number, draw: () => number) => Array.from({ length: count }, draw);

describe('createRandom', () => {
  it('gives the same stream for the same seed and keys, whatever was drawn before forking', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.string(), fc.nat(20), (seed, key, drawn) => {
        const used = createRandom(seed);
        many(drawn, () => used.uniform());
        const fork = used.fork(key);
        const named = createRandom(seed, key);
        expect(many(5, () => fork.uniform())).toEqual(many(5, () => named.uniform()));
      }),
    );
  });

  it('gives other streams for other seeds and keys, and for keys that look alike when joined', () => {
    const first = (...path: [number, ...(string | number)[]]) => createRandom(...path).uniform();
    const paths: [number, ...(string | number)[]][] = [
      [1],
      [2],
      [-1],
      [1, 'a'],
      [1, 'b'],
      [1, 'a', 'b'],
      [1, 'ab'],
      [1, 'a,b'],
      [1, 1],
      [1, '1'],
      [11],
      [1, 'a', 1],
      [1, 'a1'],
    ];
    expect(new Set(paths.map((path) => first(...path))).size).toBe(paths.length);
  });

  it('draws within its limits, evenly', () => {
    const random = createRandom(7);
    const uniforms = many(20_000, () => random.uniform(-2, 3));
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...uniforms)).toBeLessThan(3);
    expect(uniforms.reduce((a, b) => a + b) / 20_000).toBeCloseTo(0.5, 1);
    const counts = [0, 0, 0, 0];
    for (const value of many(20_000, () => random.integer(1, 4))) counts[value - 1] = counts[value - 1]! + 1;
    for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(300);
    const normals = many(20_000, () => random.normal(5, 2));
    const mean = normals.reduce((a, b) => a + b) / 20_000;
    expect(mean).toBeCloseTo(5, 1);
    expect(Math.sqrt(normals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 20_000)).toBeCloseTo(2, 1);
    expect(many(20_000, () => Number(random.chance(0.3))).reduce((a, b) => a + b) / 20_000).toBeCloseTo(0.3, 1);
  });

  it('shuffles without loss, and into every order', () => {
    const random = createRandom(3);
    const orders = new Set(many(2000, () => Number(random.shuffle([1, 2, 3, 4]).join(''))));
    expect(orders.size).toBe(24);
    fc.assert(
      fc.property(fc.array(fc.nat()), (items) => {
        expect([...random.shuffle(items)].sort()).toEqual([...items].sort());
      }),
    );
  });

  it('keeps its numbers from version to version', () => {
    const random = createRandom(42, 'frozen');
    expect(many(3, () => random.integer(0, 1_000_000))).toMatchInlineSnapshot(`
      [
        576130,
        659355,
        381036,
      ]
    `);
  });

  it.each([undefined, NaN, 1.5, Infinity, '1'])('refuses %s as a seed', (seed) => {
    expect(() => createRandom(seed as number)).toThrow(/seed must be an integer/);
    try {
      createRandom(seed as number);
    } catch (error) {
      expect(isSpineError(error, 'invalid-argument')).toBe(true);
    }
  });
});
