import { isPlainObject, quoted } from '../arguments.js';
import { SpineError } from '../errors.js';
import { checked, finiteNumber, oneOf, unknownOption } from '../options.js';
import { createRandom } from '../random.js';
import { drawPhantom, type PhantomParameters } from './parameters.js';

/** What the texts among the parameters may be, by their names. */
const words = {
  pattern: oneOf('thoracic', 'thoracolumbar', 'lumbar', 'double'),
  level: oneOf('L4-L5', 'L5-S1'),
  facing: oneOf('left', 'right'),
} as const;

let drawn: PhantomParameters | undefined;

/**
 * Refuses parameters that a phantom was not drawn with: each must be there, and be what {@link drawPhantom} makes it, a
 * number say.
 *
 * @throws SpineError `invalid-argument`, naming the place.
 */
export function checkParameters(parameters: PhantomParameters): void {
  drawn ??= drawPhantom(createRandom(0), 'normal');
  checkLike(drawn, parameters, 'parameters');
}

/** Checks what is given beside an example of it. */
function checkLike(example: unknown, given: unknown, path: string): void {
  if (Array.isArray(example)) checkList(example, given, path);
  else if (typeof example === 'object') checkRecord(example as Record<string, unknown>, given, path);
  else if (typeof example === 'number') checked(path, given, finiteNumber);
  else checked(path, given, words[path.split('.').at(-1) as keyof typeof words]);
}

function checkRecord(example: Readonly<Record<string, unknown>>, given: unknown, path: string): void {
  const names = Object.keys(example);
  if (!isPlainObject(given)) throw refusal(path, `an object { ${names.join(', ')} }, as drawPhantom makes it`, given);
  for (const name of Object.keys(given)) if (!names.includes(name)) throw unknownOption(path, name, names);
  for (const name of names) checkLike(example[name], given[name], `${path}.${name}`);
}

/** Numbers are one a vertebra or a border; pockets of gas are as many as one likes. */
function checkList(example: readonly unknown[], given: unknown, path: string): void {
  const isCounted = typeof example[0] === 'number';
  const expected = isCounted ? `a list of ${example.length} numbers` : 'a list';
  if (!Array.isArray(given) || (isCounted && given.length !== example.length)) throw refusal(path, expected, given);
  for (const [index, entry] of given.entries()) checkLike(example[0], entry, `${path}[${index}]`);
}

const refusal = (path: string, expected: string, given: unknown) =>
  new SpineError('invalid-argument', `${path} must be ${expected}, got ${quoted(given)}.`);
