import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LearningRateSchedule, Stage } from 'spine-xray-ml';
import { RateSchedule } from '../../../src/training/optimizer/schedule.js';
import { golden } from '../golden.js';

const of = (epochs: number, learningRate: number, schedule: LearningRateSchedule, updatesPerEpoch: number) =>
  new RateSchedule({ epochs, learningRate, schedule }, updatesPerEpoch);
const rates = (schedule: RateSchedule, updates: number) =>
  Array.from({ length: updates }, (_, update) => schedule.rate(update));

describe('the learning rate', () => {
  it.each(golden.cosine)(
    'falls along Keras’s cosine: $epochs epochs from $learningRate to $minimum, $warmUp of warm-up',
    ({ epochs, learningRate, minimum, warmUp, from, updatesPerEpoch, rates: expected }) => {
      const schedule = of(
        epochs,
        learningRate,
        { kind: 'cosine', minimum, ...(warmUp > 0 && { warmUp: { epochs: warmUp, from } }) },
        updatesPerEpoch,
      );
      rates(schedule, expected.length).forEach((rate, update) => expect(rate).toBeCloseTo(expected[update]!, 7));
    },
  );

  it.each(golden.plateau.cases)('is lowered when Keras lowers it: $options', ({ options, rates: expected }) => {
    const { learningRate, losses } = golden.plateau;
    const schedule = of(losses.length, learningRate, { kind: 'plateau', ...options }, 3);
    losses.forEach((loss, epoch) => {
      expect(schedule.rate(3 * epoch + 2) / expected[epoch]!).toBeCloseTo(1, 5);
      schedule.observe(loss, 3 * (epoch + 1));
    });
  });

  it('stays where nothing else is asked for', () => {
    const stage: Pick<Stage, 'epochs' | 'learningRate'> = { epochs: 3, learningRate: 0.1 };
    expect(new Set(rates(new RateSchedule(stage, 5), 15))).toEqual(new Set([0.1]));
    expect(rates(of(3, 0.1, { kind: 'constant', warmUp: { epochs: 1, from: 0.05 } }, 2), 4)).toEqual(
      [0.05, 0.05 + 0.05 / 2, 0.1, 0.1].map((rate) => expect.closeTo(rate, 12) as number),
    );
  });

  it('rises, then never rises, and stays between its ends', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fraction,
        fraction,
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (epochs, perEpoch, from, minimum, part) => {
          const warmUp = { epochs: part * epochs, from };
          const seen = rates(of(epochs, 1, { kind: 'cosine', minimum, warmUp }, perEpoch), epochs * perEpoch);
          const top = Math.max(1, Math.round(warmUp.epochs * perEpoch));
          seen.forEach((rate, update) => {
            expect(rate).toBeGreaterThanOrEqual(Math.min(from, minimum) - 1e-12);
            expect(rate).toBeLessThanOrEqual(1 + 1e-12);
            if (update === 0) return;
            const change = rate - seen[update - 1]!;
            expect(update <= top ? change : -change).toBeGreaterThanOrEqual(-1e-12);
          });
        },
      ),
    );
  });

  it('warms up for one update at least', () => {
    expect(rates(of(3, 0.1, { kind: 'constant', warmUp: { epochs: 0.1, from: 0.05 } }, 2), 3)).toEqual([
      0.05, 0.1, 0.1,
    ]);
  });

  it('does not count the epochs of a warm-up as a plateau', () => {
    const schedule = of(9, 1, { kind: 'plateau', patience: 2, warmUp: { epochs: 3 } }, 2);
    for (const epoch of [1, 2, 3]) schedule.observe(1, 2 * epoch);
    for (const epoch of [4, 5]) schedule.observe(1, 2 * epoch);
    expect(schedule.rate(10)).toBe(1);
    schedule.observe(1, 12);
    expect(schedule.rate(12)).toBeCloseTo(0.1, 12);
  });

  it('goes on from what was saved', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 2, maxLength: 30 }),
        fc.nat(),
        (losses, cut) => {
          const fresh = () => of(50, 1, { kind: 'plateau', patience: 1, factor: 0.5, cooldown: 1 }, 1);
          const whole = fresh();
          let parts = fresh();
          losses.forEach((loss, epoch) => {
            whole.observe(loss, epoch + 1);
            parts.observe(loss, epoch + 1);
            if (epoch !== cut % losses.length) return;
            const saved = JSON.parse(JSON.stringify(parts.save())) as ReturnType<RateSchedule['save']>;
            parts = fresh();
            parts.resume(saved);
          });
          expect(parts.rate(40)).toBe(whole.rate(40));
        },
      ),
    );
  });
});
