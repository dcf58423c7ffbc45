import { SpineError } from 'spine-xray-ml';

/** The value of an option of the command line that counts something. */
export function whole(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new SpineError('invalid-argument', `${name} is a whole number, got "${text}".`);
  return value;
}
