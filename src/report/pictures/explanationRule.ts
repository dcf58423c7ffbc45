import { dataWith, ndarrayWith, numberList } from '../../dataRules.js';
import type { Explanation } from '../../explain/index.js';
import { names, required, text, wholeNumber, type Rule } from '../../options.js';

/** An explanation by what is drawn and told of it. */
export const explanationRule: Rule<Explanation> = dataWith<Explanation>(
  'an explanation, as PartitionExplainer gives it',
  {
    image: required(ndarrayWith('[height, width, channels]', 3) as Rule<never>),
    values: required(ndarrayWith('[height, width, channels, k]', 4) as Rule<never>),
    baseValues: required(numberList),
    outputValues: required(numberList),
    outputNames: required(names),
    evaluations: required(wholeNumber(0)),
    batchSize: required(wholeNumber(1)),
    masker: required(text),
  },
);
