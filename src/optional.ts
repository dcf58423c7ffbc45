import { SpineError } from './errors.js';

/**
 * Loads an optional package when it is first needed, or says what to install.
 *
 * @param purpose such as 'Reading a manifest'.
 */
export async function optionalPackage<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new SpineError(
      'dependency-missing',
      `${purpose} needs the package ${name}, which could not be loaded. Install it beside spine-xray-ml: npm install ${name}`,
      { cause, details: { package: name } },
    );
  }
}
