import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { declaredPure, withPureCalls } from '../../scripts/package/pureCalls.js';

const declared = `
/** Declares. */
/* @__NO_SIDE_EFFECTS__ */
export function table<T>(rules: T): { rules: T } {
  return { rules };
}

/* @__NO_SIDE_EFFECTS__ */
function entry() {
  return 'entry()';
}

export function act() {
  return entry();
}
`;

describe('calls without side effects', () => {
  it('are those of functions that say so', () => {
    expect(declaredPure(declared)).toEqual(['table', 'entry']);
    expect(declaredPure("export const text = '@__NO_SIDE_EFFECTS__'; export function f() {}")).toEqual([]);
  });

  it('are marked one within another, and nothing else is', () => {
    const source = 'const a = table<string>(entry(), act()); // entry()\nconst b = x.table(`entry() ${entry()}`);';
    expect(withPureCalls(source, new Set(['table', 'entry']))).toBe(
      'const a = /* @__PURE__ */ table<string>(/* @__PURE__ */ entry(), act()); // entry()\n' +
        'const b = x.table(`entry() ${/* @__PURE__ */ entry()}`);',
    );
  });

  it('are dropped by esbuild where nobody uses what they make', async () => {
    const source = "import { table } from './table.js'; const a = table(1); export const b = table(2);";
    const kept = async (contents: string) => {
      const { code } = await transform(contents, { loader: 'ts', treeShaking: true, format: 'esm' });
      return code.split('table(').length - 1;
    };
    expect(await kept(source)).toBe(2);
    expect(await kept(withPureCalls(source, new Set(['table'])))).toBe(1);
  });
});
