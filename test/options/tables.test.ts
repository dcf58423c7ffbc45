/// <reference types="vite/client" />
import { describe, expect, it } from 'vitest';
import { isSpineError } from 'spine-xray-ml';
import { checkedLater, optionsOf, record, type OptionTable, type Rule } from '../../src/options.js';
import { publicFunctions } from './publicFunctions.js';

type Table = OptionTable<Record<string, unknown>, Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && 'rules' in value && 'defaults' in value && 'check' in value;

/** Every table that a file of src declares, once. */
const modules = import.meta.glob<Record<string, unknown>>('../../src/**/*.ts', { eager: true });
const tables = [...new Set(Object.values(modules).flatMap((module) => Object.values(module).filter(isTable)))];
const cases = tables.map((table) => [table.name, table] as const);
const rulesOf = ({ rules }: Table) => Object.entries(rules);

function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!isSpineError(error, 'invalid-argument')) throw error;
    return error.message;
  }
  return expect.unreachable();
}

/** A misspelling of an option that is no option itself: another case where the name is too short for another letter. */
function misspellings(name: string, known: readonly string[]): string[] {
  const near = [name.toUpperCase(), ...(name.length > 3 ? [`${name}x`, name.slice(0, -1)] : [])];
  return near.filter((each) => !known.includes(each));
}

describe('the tables of options', () => {
  it('are found', () => {
    expect(tables.length).toBeGreaterThan(40);
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['resize', 'head', 'columns', 'explain']));
  });

  it.each(cases)('%s: refuses a misspelt option, and says what was meant', (_, table) => {
    const known = rulesOf(table).map(([name]) => name);
    for (const name of known) {
      for (const near of misspellings(name, known)) {
        const message = refused(() => table.check({ [near]: 1 }));
        expect(message).toMatch(new RegExp(`^${table.name} has no option "${near}"\\. Do you mean "\\w+"\\?$`));
        if (near === name.toUpperCase()) expect(message).toContain(`"${name}"`);
      }
    }
    expect(refused(() => table.check({ quixotic: 1 }))).toBe(
      `${table.name} has no option "quixotic". It has: ${known.join(', ')}.`,
    );
  });

  it.each(cases)('%s: refuses a value of no such kind, and says what is expected', (_, table) => {
    for (const [name, rule] of rulesOf(table)) {
      expect(rule.expects, `${table.name}.${name}`).not.toMatch(/^must|\.$/);
      // What accepts everything says so by this rule; the function refuses it, in words of its own.
      if (rule.accepts === checkedLater.accepts) continue;
      const alone = optionsOf<Record<string, unknown>>(table.name, { [name]: rule });
      const wrong = refused(() => alone.check({ [name]: Symbol('wrong') }));
      expect(wrong).toContain(`${name} must be ${rule.expects}, got Symbol(wrong).`);
      expect(refused(() => alone.check({ [name]: Promise.resolve(1) }))).toMatch(
        new RegExp(`^${name} .* got a promise\\.`),
      );
    }
  });

  it.each(cases)('%s: has defaults that its rules accept, each for an option that may be left out', (_, table) => {
    expect(rulesOf(table).map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(table.defaults)));
    for (const [name, value] of Object.entries(table.defaults)) {
      const rule = table.rules[name]!;
      expect(rule.accepts(value), name).toBe(true);
      expect(rule.isRequired, name).toBeUndefined();
    }
  });

  it.each(cases)('%s: takes undefined for not given', (_, table) => {
    const unset = Object.fromEntries(
      [...rulesOf(table).map(([name]) => name), 'quixotic'].map((name) => [name, undefined]),
    );
    const required = rulesOf(table).find(([, rule]) => rule.isRequired);
    if (required === undefined) expect(table.check(unset)).toEqual(table.defaults);
    else expect(refused(() => table.check(unset))).toMatch(new RegExp(`^${required[0]} must be .*, got undefined\\.`));
  });

  it.each(cases)('%s: takes nothing but an object', (_, table) => {
    for (const none of [null, 7, 'options', [], Promise.resolve({})]) {
      expect(refused(() => table.check(none as never))).toMatch(new RegExp(`^${table.name} needs an object `));
    }
  });

  it.each(cases)('%s: takes no object that holds other things than options', (_, table) => {
    const hint = 'signal' in table.rules ? '. Give it by name: { signal }' : '';
    const others: Readonly<Record<string, object>> = {
      [`an AbortSignal${hint}`]: new AbortController().signal,
      'an AbortController': new AbortController(),
      'a Map': new Map([['signal', 1]]),
      'a Set': new Set([1]),
      'a Date': new Date(),
      'a RegExp': /signal/,
      'a Uint8Array': new Uint8Array(2),
      'a URL': new URL('http://localhost'),
    };
    for (const [what, other] of Object.entries(others)) {
      expect(refused(() => table.check(other as never))).toMatch(
        new RegExp(`^${table.name} needs an object .*, got ${what}\\.$`),
      );
    }
  });

  it('are there for each public function that takes options', () => {
    const declared = new Set(tables.map(({ name }) => name));
    // The trials of a comparison are planned from its own options.
    const shared = new Map([['planTrials', 'compareBackbones']]);
    const names = publicFunctions().map((name) => name.replace(/^node\.|^PartitionExplainer\.|\.draw$/g, ''));
    expect(names.length).toBeGreaterThan(35);
    expect(names.filter((name) => !declared.has(shared.get(name) ?? name))).toEqual([]);
  });
});

describe('a table', () => {
  interface Box {
    readonly side?: number;
    readonly lid?: Lid;
  }
  interface Lid {
    readonly color: string;
    readonly handles?: number;
  }
  const lid = optionsOf<Lid>(
    'lid',
    { color: { expects: 'a color', accepts: (given) => given === 'red', isRequired: true }, handles: number() },
    { handles: 1 },
  );
  const box = optionsOf<Box>('box', { side: number(), lid: recordOf(lid) }, { side: 2 });

  function number(): Rule<number> {
    return { expects: 'a number', accepts: (given) => typeof given === 'number' };
  }
  function recordOf<Options extends object>(table: OptionTable<Options, object>): Rule<Options> {
    return {
      expects: 'a record',
      accepts: (given) => typeof given === 'object',
      complete: (given, path) => table.check(given as Options, path),
    };
  }

  it('fills in defaults, within records too, and changes nothing that was given', () => {
    const given = { lid: { color: 'red' } };
    expect(box.check(given)).toEqual({ side: 2, lid: { color: 'red', handles: 1 } });
    expect(given).toEqual({ lid: { color: 'red' } });
  });

  it('says where a wrong value lies', () => {
    expect(refused(() => box.check({ lid: { color: 'red', handles: '2' as never } }))).toBe(
      'lid.handles must be a number, got "2".',
    );
    expect(refused(() => box.check({ lid: { colour: 'red' } as never }))).toBe(
      'lid has no option "colour". Do you mean "color"?',
    );
    expect(refused(() => box.check({ side: Promise.resolve(3) as never }))).toBe(
      'side must be a number, got a promise. Await it.',
    );
  });

  it('reads options that an object inherits', () => {
    expect(box.check(Object.create({ side: 5 }) as Box)).toEqual({ side: 5 });
  });

  it('reads options of a class, own, inherited and computed, and of an object without any class', () => {
    class Own {
      side = 5;
    }
    class Inherited extends Own {}
    class Computed {
      get side() {
        return 5;
      }
    }
    class Unset {
      side: number | undefined;
    }
    for (const given of [new Own(), new Inherited(), new Computed()]) expect(box.check(given)).toEqual({ side: 5 });
    expect(box.check(new Unset() as Box)).toEqual({ side: 2 });
    expect(box.check(Object.assign(Object.create(null) as Box, { side: 5 }))).toEqual({ side: 5 });
    expect(box.check(Object.create(null) as Box)).toEqual({ side: 2 });
    const withLid = optionsOf<{ readonly lid?: Lid }>('box', { lid: record(lid) });
    expect(
      withLid.check({
        lid: new (class {
          color = 'red';
        })(),
      }),
    ).toEqual({ lid: { color: 'red', handles: 1 } });
  });

  it('refuses an object of a class without an option, a signal in place of a record, and what has no class name', () => {
    const withLid = optionsOf<{ readonly lid?: Lid }>('box', { lid: record(lid) });
    expect(refused(() => box.check(new (class Film {})() as Box))).toBe(
      'box needs an object for its options, got a Film.',
    );
    expect(refused(() => withLid.check({ lid: new AbortController().signal as never }))).toBe(
      'lid must be an object of options, { color, handles }, got an AbortSignal.',
    );
    expect(refused(() => box.check(new (class {})() as Box))).toMatch(/got an object of a class\.$/);
    const classless = Object.create(Object.create(Object.create(null) as object) as object) as Box;
    expect(refused(() => box.check(classless))).toMatch(/got an object of a class\.$/);
  });
});
