import { isPlainObject, quoted, refuseUnknownOptions, requireOptions } from './arguments.js';
import { SpineError } from './errors.js';

/** What an option may be: a sentence for the message, and the check behind it. */
export interface Rule<T> {
  /** What must be given, such as 'a whole number above 0'. */
  readonly expects: string;
  /** Whether a value that was given is such a one. */
  readonly accepts: (given: unknown) => boolean;
  /** Of an option that is a record of options itself: their table. */
  readonly within?: OptionTable<object, object>;
  /** Whether it must be given. */
  readonly isRequired?: true;
  /** Keeps T, which nothing else mentions. */
  readonly type?: T;
}

/** A rule for each option, none left out: what TypeScript knows and what is checked cannot part. */
export type Rules<Options extends object> = { readonly [Name in keyof Required<Options>]: Rule<Options[Name]> };

/** Options of which those with a default are there. */
export type WithDefaults<Options extends object, Defaults extends object> = Omit<Options, keyof Defaults> &
  Required<Pick<Options, keyof Defaults & keyof Options>>;

/** The options of one function, declared once: names, checks and defaults. */
export interface OptionTable<Options extends object, Defaults extends object> {
  /** Whose they are, as messages say it: the function's name. */
  readonly name: string;
  readonly rules: Rules<Options>;
  readonly defaults: Defaults;
  /**
   * The options with their defaults in place of what was not given; undefined counts as not given.
   *
   * @throws SpineError `invalid-argument` for no object, an option of another name, one that is missing, and one that its
   *   rule does not accept.
   */
  check(given: Options): WithDefaults<Options, Defaults>;
}

/**
 * Declares the options of a function.
 *
 * @example
 * const options = optionsOf<CutOptions>()('cut', { size: required(wholeNumber(1)), signal: abortSignal }, cutDefaults);
 * const { size, signal } = options.check(given);
 */
export function optionsOf<Options extends object>() {
  return <Defaults extends Partial<Options> = Record<never, never>>(
    name: string,
    rules: Rules<Options>,
    defaults: Defaults = {} as Defaults,
  ): OptionTable<Options, Defaults> => ({
    name,
    rules,
    defaults,
    check(given) {
      const table = rules as Readonly<Record<string, Rule<unknown>>>;
      const names = Object.keys(table);
      const needed = names.filter((option) => table[option]!.isRequired);
      requireOptions(name, given, `{ ${needed.join(', ')} }`);
      refuseUnknownOptions(name, given, names);
      for (const option of names) checkOption(name, option, (given as Record<string, unknown>)[option], table[option]!);
      const present = Object.entries(given).filter(([, value]) => value !== undefined);
      return { ...defaults, ...Object.fromEntries(present) } as WithDefaults<Options, Defaults>;
    },
  });
}

function checkOption(owner: string, option: string, given: unknown, rule: Rule<unknown>): void {
  if (given === undefined) {
    if (rule.isRequired)
      throw new SpineError('invalid-argument', `${owner} needs the option ${option}: ${rule.expects}.`);
    return;
  }
  if (!rule.accepts(given))
    throw new SpineError('invalid-argument', `${option} of ${owner} must be ${rule.expects}, got ${quoted(given)}.`);
  rule.within?.check(given as object);
}

/** The same, and it must be given. */
export const required = <T>(rule: Rule<T>): Rule<T> => ({ ...rule, isRequired: true });

/** A number, not NaN: at least `low`, at most `high`. */
export function numberFrom(low: number, high = Infinity): Rule<number> {
  const range = high === Infinity ? (low === -Infinity ? '' : `, ${low} or more`) : ` from ${low} to ${high}`;
  return {
    expects: `a number${range}`,
    accepts: (given) => typeof given === 'number' && given >= low && given <= high,
  };
}

/** A finite number above `low`. */
export const numberAbove = (low: number): Rule<number> => ({
  expects: `a finite number above ${low}`,
  accepts: (given) => Number.isFinite(given) && (given as number) > low,
});

/** A whole number: at least `low`, at most `high`. */
export function wholeNumber(low = -Infinity, high = Infinity): Rule<number> {
  const range =
    high < Infinity ? ` from ${low} to ${high}` : low === 1 ? ' above 0' : low > -Infinity ? `, ${low} or more` : '';
  return {
    expects: `a whole number${range}`,
    accepts: (given) => Number.isInteger(given) && (given as number) >= low && (given as number) <= high,
  };
}

/** One of some words. */
export const oneOf = <const Words extends readonly string[]>(...words: Words): Rule<Words[number]> => ({
  expects: words.map((word) => JSON.stringify(word)).join(' or '),
  accepts: (given) => words.includes(given as string),
});

export const text: Rule<string> = { expects: 'text', accepts: (given) => typeof given === 'string' };

export const yesOrNo: Rule<boolean> = { expects: 'true or false', accepts: (given) => typeof given === 'boolean' };

export const abortSignal: Rule<AbortSignal> = {
  expects: 'an AbortSignal, such as new AbortController().signal',
  accepts: (given) => typeof (given as Partial<AbortSignal> | null)?.throwIfAborted === 'function',
};

/** A function that is called later: after hours, perhaps. */
export const callback: Rule<never> = { expects: 'a function', accepts: (given) => typeof given === 'function' };

/** A list, each of its entries as the rule says. */
export const listOf = <T>(rule: Rule<T>): Rule<readonly T[]> => ({
  expects: `a list, each entry ${rule.expects}`,
  accepts: (given) => Array.isArray(given) && given.every((entry) => rule.accepts(entry)),
});

/** A record of options with a table of its own. */
export const record = <Options extends object>(table: OptionTable<Options, object>): Rule<Options> => ({
  expects: `an object of options, { ${Object.keys(table.rules).join(', ')} }`,
  accepts: isPlainObject,
  within: table as unknown as OptionTable<object, object>,
});

/** Either of two. */
export const either = <A, B>(a: Rule<A>, b: Rule<B>): Rule<A | B> => ({
  expects: `${a.expects}, or ${b.expects}`,
  accepts: (given) => a.accepts(given) || b.accepts(given),
});

/** Anything but null: what it must be is found out where it is used, with more to go by. */
export const checkedLater: Rule<never> = {
  expects: 'given as the documentation says',
  accepts: (given) => given !== null,
};
