import { describe, expect, it } from 'vitest';

describe('a run with SPINE_NO_EVAL=1', () => {
  it('forbids code from strings, and no other run does', () => {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- whether it is possible is what is tested
    const compile = () => new Function('return 1')() as unknown;
    const outcome = (() => {
      try {
        return compile();
      } catch (error) {
        return (error as Error).name;
      }
    })();
    expect(outcome).toBe(process.env['SPINE_NO_EVAL'] === '1' ? 'EvalError' : 1);
  });
});
