import { dataWith, isRecord, ndarrayWith, numberList } from '../dataRules.js';
import { names, required, type Rule } from '../options.js';
import type { Predictions } from './predictions.js';

const saved = 'Save predictionsToJSON(predictions), and read it with predictionsFromJSON.';

/** Predictions by their fields; whether these fit together is found out by `checkPredictions`. */
export const predictionsRule: Rule<Predictions> = dataWith<Predictions>('predictions, as predictDataset gives them', {
  classes: required(names),
  ids: required(names),
  groups: required(names),
  truth: required({
    ...(numberList as Rule<never>),
    // What JSON.stringify makes of typed arrays.
    advice: (given) => (isRecord(given) ? saved : undefined),
  }),
  probabilities: required({
    ...(ndarrayWith('[n, k]') as Rule<never>),
    advice: (given) => (Array.isArray(given) || isRecord(given) ? saved : undefined),
  }),
});
