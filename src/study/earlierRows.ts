import { canonical } from '../plain.js';
import { SpineError } from '../errors.js';
import { isFinished, type TrialResult, type FinishedTrial } from './trialResult.js';
import type { TrialSpec } from './trialSpec.js';

/**
 * The finished ones of earlier rows that belong to these specs, by name. Rows of other names are of no concern.
 *
 * @throws SpineError `invalid-argument` for a row of the same name with another spec, or something that is no row.
 */
export function earlierRows(
  rows: readonly TrialResult[],
  specs: readonly TrialSpec[],
): ReadonlyMap<string, FinishedTrial> {
  const found = new Map<string, FinishedTrial>();
  for (const row of rows) {
    checkRow(row);
    const spec = specs.find(({ name }) => name === row.spec.name);
    if (spec === undefined || !isFinished(row)) continue;
    const differing = differingFields(spec, row.spec);
    if (differing.length > 0) {
      throw new SpineError(
        'invalid-argument',
        `results holds a row "${spec.name}" of other settings: ${differing.join(', ')}. Leave the row out to run it anew, or give the other one another name.`,
        {
          details: { name: spec.name, differing },
        },
      );
    }
    found.set(spec.name, row);
  }
  return found;
}

function checkRow(row: TrialResult): void {
  const given = row as Partial<FinishedTrial> | null | undefined;
  const isRow = typeof given?.spec?.name === 'string' && ('error' in given || Array.isArray(given.stages));
  if (!isRow)
    throw new SpineError(
      'invalid-argument',
      'results must list rows as compareBackbones gives them; one of them is none.',
    );
}

function differingFields(a: TrialSpec, b: TrialSpec): string[] {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof TrialSpec)[];
  return fields.filter((field) => canonical(a[field]) !== canonical(b[field]));
}
