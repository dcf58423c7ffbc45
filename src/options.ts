import { isPlainObject, isPromise, nearest, quoted } from './arguments.js';
import { SpineError } from './errors.js';

/** What an option may be: a sentence for the message, and the check behind it. */
export interface Rule<T> {
  /** What must be given, such as 'a whole number above 0'. */
  readonly expects: string;
  /** Whether a value that was given is such a one. */
  readonly accepts: (given: unknown) => boolean;
  /** What to do about a wrong value, as a sentence; none where there is nothing to say. */
  readonly advice?: (given: unknown) => string | undefined;
  /** Of a record of options: checks what was accepted, found at `path`, and fills in its defaults. */
  readonly complete?: (given: unknown, path: string) => unknown;
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
   * The options with their defaults in place of what was not given, records within completed in the same way; undefined
   * counts as not given.
   *
   * @param path where the record lies in the options of a function, such as `head`; absent for the function's own.
   * @throws SpineError `invalid-argument` for no object, an option of another name, one that is missing, and one that
   *   its rule does not accept.
   */
  check(given: Options, path?: string): WithDefaults<Options, Defaults>;
}

/**
 * Declares the options of a function. A check takes about a microsecond, so that it may be made for each image.
 *
 * @example
 * const options = optionsOf<CutOptions, typeof cutDefaults>(
 *   'cut',
 *   { size: required(wholeNumber(1)), signal: abortSignal },
 *   cutDefaults,
 * );
 * const { size, signal } = options.check(given);
 */
/* @__NO_SIDE_EFFECTS__ */
export function optionsOf<Options extends object, Defaults extends Partial<Options> = Record<never, never>>(
  name: string,
  rules: Rules<Options>,
  defaults: Defaults = {} as Defaults,
): OptionTable<Options, Defaults> {
  return {
    name,
    rules,
    defaults,
    check: (given, path) => completed({ name, rules, defaults }, given, path) as WithDefaults<Options, Defaults>,
  };
}

/** What was given of a table's options, inherited and computed ones too, as a plain object. */
export function givenOptions<Options extends object>(
  { rules }: { readonly rules: Rules<Options> },
  given: Options,
): Options {
  const names = Object.keys(rules) as (keyof Options)[];
  return Object.fromEntries(
    names.map((name) => [name, given[name]]).filter(([, value]) => value !== undefined),
  ) as Options;
}

type Named = Readonly<Record<string, unknown>>;

interface Declaration {
  readonly name: string;
  readonly rules: object;
  readonly defaults: object;
}

function completed(table: Declaration, given: object, path: string | undefined): Named {
  const owner = path ?? table.name;
  const rules = table.rules as Readonly<Record<string, Rule<unknown>>>;
  if (!isOptions(given, rules)) throw noOptions(owner, rules, given);
  for (const option of Object.keys(given)) {
    // One that is undefined is not given, whatever its name.
    if (!Object.hasOwn(rules, option) && given[option] !== undefined)
      throw unknownOption(owner, option, Object.keys(rules));
  }
  const result: Record<string, unknown> = {};
  for (const option in rules) {
    const rule = rules[option]!;
    const value = given[option];
    if (value === undefined && !rule.isRequired) {
      if (option in table.defaults) result[option] = (table.defaults as Named)[option];
      continue;
    }
    result[option] = checked(path === undefined ? option : `${path}.${option}`, value, rule);
  }
  return result;
}

/**
 * What was given at a place, as its rule says: complete.
 *
 * @throws SpineError `invalid-argument` for what the rule does not accept.
 */
export function checked<T>(place: string, given: unknown, rule: Rule<T>): T {
  if (given === undefined || !rule.accepts(given)) throw wrongOption(place, given, rule);
  return (rule.complete ? rule.complete(given, place) : given) as T;
}

function noOptions(owner: string, rules: Readonly<Record<string, Rule<unknown>>>, given: unknown): SpineError {
  const needed = Object.keys(rules).filter((option) => rules[option]!.isRequired);
  const what = needed.length > 0 ? `with at least { ${needed.join(', ')} }` : 'for its options';
  const signal = 'signal' in rules && abortSignal.accepts(given) ? ' Give it by name: { signal }.' : '';
  return new SpineError('invalid-argument', `${owner} needs an object ${what}, got ${quoted(given)}.${signal}`);
}

/** The refusal of an option of an unknown name: it is misspelt, and would be without effect. */
export function unknownOption(owner: string, option: string, known: readonly string[]): SpineError {
  const meant = nearest(option, known);
  const advice = meant === undefined ? `It has: ${known.join(', ')}.` : `Do you mean "${meant}"?`;
  return new SpineError('invalid-argument', `${owner} has no option "${option}". ${advice}`);
}

function wrongOption(place: string, given: unknown, { expects, advice }: Rule<unknown>): SpineError {
  const sentence = isPromise(given) ? 'Await it.' : advice?.(given);
  return new SpineError(
    'invalid-argument',
    `${place} must be ${expects}, got ${quoted(given)}.${sentence === undefined ? '' : ` ${sentence}`}`,
  );
}

/**
 * Whether something holds options: a plain object, or one of a class of the caller's that has any. A signal, a map or a
 * date has none, and would be without effect.
 */
function isOptions(given: unknown, rules: object): given is Named {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isPromise(given)) return false;
  if (isPlainObject(given)) return true;
  const known = Object.keys(rules);
  if (known.some((option) => Object.hasOwn(given, option))) return true;
  // What the language and the host define has members of its own, such as the size of a map.
  return Object.prototype.toString.call(given) === '[object Object]' && known.some((option) => option in given);
}

/** The same, and it must be given. */
/* @__NO_SIDE_EFFECTS__ */
export function required<T>(rule: Rule<T>): Rule<T> {
  return { ...rule, isRequired: true };
}

/** A number, not NaN: at least `low`, at most `high`. */
/* @__NO_SIDE_EFFECTS__ */
export function numberFrom(low: number, high = Infinity): Rule<number> {
  const range = high === Infinity ? (low === -Infinity ? '' : `, ${low} or more`) : ` from ${low} to ${high}`;
  return {
    expects: `a number${range}`,
    accepts: (given) => typeof given === 'number' && given >= low && given <= high,
  };
}

/** A finite number above `low`. */
/* @__NO_SIDE_EFFECTS__ */
export function numberAbove(low: number): Rule<number> {
  return {
    expects: `a finite number above ${low}`,
    accepts: (given) => Number.isFinite(given) && (given as number) > low,
  };
}

export const finiteNumber: Rule<number> = { expects: 'a finite number', accepts: Number.isFinite };

/** A confidence or another share of which neither end makes sense. */
export const openFraction: Rule<number> = {
  expects: 'a number between 0 and 1, both excluded',
  accepts: (given) => typeof given === 'number' && given > 0 && given < 1,
};

/** A whole number: at least `low`, at most `high`. */
/* @__NO_SIDE_EFFECTS__ */
export function wholeNumber(low = -Infinity, high = Infinity): Rule<number> {
  const range =
    high < Infinity ? ` from ${low} to ${high}` : low === 1 ? ' above 0' : low > -Infinity ? `, ${low} or more` : '';
  return {
    expects: `a whole number${range}`,
    accepts: (given) => Number.isSafeInteger(given) && (given as number) >= low && (given as number) <= high,
  };
}

/** What names a stream of chance, as `createRandom` takes it. */
export const seedNumber: Rule<number> = {
  expects: 'an integer',
  accepts: Number.isSafeInteger,
  advice: () => 'Pass one, and keep it with the results.',
};

/** One of some words, numbers or null. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf<const Words extends readonly (string | number | boolean | null)[]>(
  ...words: Words
): Rule<Words[number]> {
  const names = words.map((word) => (typeof word === 'string' ? `'${word}'` : String(word)));
  return {
    expects: `${names.slice(0, -1).join(', ')}${names.length > 1 ? ' or ' : ''}${names.at(-1)}`,
    accepts: (given) => words.includes(given as string),
  };
}

export const text: Rule<string> = { expects: 'text', accepts: (given) => typeof given === 'string' };

export const yesOrNo: Rule<boolean> = { expects: 'true or false', accepts: (given) => typeof given === 'boolean' };

export const abortSignal: Rule<AbortSignal> = {
  expects: 'an AbortSignal, such as new AbortController().signal',
  accepts: (given) => typeof (given as Partial<AbortSignal> | null)?.throwIfAborted === 'function',
};

/** A function that is called later: after hours, perhaps. */
export const callback: Rule<never> = { expects: 'a function', accepts: (given) => typeof given === 'function' };

/** An object, with these functions if any are named: predictions, say, or a store. */
/* @__NO_SIDE_EFFECTS__ */
export function objectWith(expects: string, ...methods: readonly string[]): Rule<never> {
  return {
    expects,
    accepts: (given) =>
      typeof given === 'object' &&
      given !== null &&
      !isPromise(given) &&
      methods.every((method) => typeof (given as Named)[method] === 'function'),
  };
}

/** A list, each of its entries as the rule says; `expects` puts it in other words. */
/* @__NO_SIDE_EFFECTS__ */
export function listOf<T>(rule: Rule<T>, expects = `a list, each entry ${rule.expects}`): Rule<readonly T[]> {
  return {
    expects,
    accepts: (given) => Array.isArray(given) && given.every((entry) => rule.accepts(entry)),
    ...(rule.complete && {
      complete: (given, path) =>
        (given as readonly unknown[]).map((entry, index) => rule.complete!(entry, `${path}[${index}]`)),
    }),
  };
}

/** Names, such as those of classes: a list of texts. */
export const names: Rule<readonly string[]> = listOf(text, 'a list of names');

/** As many entries as `expects` names, each as the rule says. */
/* @__NO_SIDE_EFFECTS__ */
export function tupleOf<T extends readonly unknown[]>(
  expects: string,
  length: T['length'],
  rule: Rule<T[number]>,
): Rule<T> {
  return {
    expects,
    accepts: (given) => Array.isArray(given) && given.length === length && given.every((entry) => rule.accepts(entry)),
  };
}

/** A record of options with a table of its own. */
/* @__NO_SIDE_EFFECTS__ */
export function record<Options extends object>(table: OptionTable<Options, object>): Rule<Options> {
  return {
    expects: `an object of options, { ${Object.keys(table.rules).join(', ')} }`,
    accepts: (given) => isOptions(given, table.rules),
    complete: (given, path) => table.check(given as Options, path),
  };
}

/** Either of two; where both would do, it is the first. */
/* @__NO_SIDE_EFFECTS__ */
export function either<A, B>(a: Rule<A>, b: Rule<B>): Rule<A | B> {
  return {
    expects: `${a.expects}, or ${b.expects}`,
    accepts: (given) => a.accepts(given) || b.accepts(given),
    advice: (given) => a.advice?.(given) ?? b.advice?.(given),
    complete: (given, path) => {
      const { complete } = a.accepts(given) ? a : b;
      return complete ? complete(given, path) : given;
    },
  };
}

/** Anything: what it must be is found out where it is used, with more to go by. */
export const checkedLater: Rule<never> = { expects: 'given as the documentation says', accepts: () => true };
