import { unknownOption, type Rule } from '../../options.js';

/** What is needed of an option table, whatever its options. */
interface Table {
  readonly rules: object;
  check(given: never, path?: string): object;
}

/** Options whose `kind` says which table is theirs. */
/* @__NO_SIDE_EFFECTS__ */
export function byKind<Options extends { readonly kind: string }>(
  name: string,
  tables: { readonly [Kind in Options['kind']]: Table },
): Rule<Options> {
  const kinds = Object.keys(tables);
  const kindOf = (given: unknown) => (given as { readonly kind?: unknown } | null)?.kind as Options['kind'];
  return {
    expects: `{ kind } with one of ${kinds.join(', ')}`,
    accepts: (given) => kinds.includes(kindOf(given)),
    complete: (given, path) => {
      const kind = kindOf(given);
      const table = tables[kind];
      const known = Object.keys(table.rules);
      const stray = Object.entries(given as object).find(
        ([option, value]) => value !== undefined && !known.includes(option),
      );
      // What one kind has no option for, another may.
      if (stray) throw unknownOption(`the ${name} ${kind}`, stray[0], known);
      return table.check(given as never, path);
    },
  };
}
