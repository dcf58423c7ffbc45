import { SpineError } from '../errors.js';

/** A package loaded when first needed; `dependency-missing`, naming it and the cure, where it is not installed. */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new SpineError(
      'dependency-missing',
      `The package "${name}" is needed to draw the report and could not be loaded. Install it: npm install ${name}`,
      { cause, details: { package: name } },
    );
  }
}
