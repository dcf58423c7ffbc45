import { SpineError } from '../errors.js';

/** Loads an optional peer dependency, or says what to install. */
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

/**
 * sharp, with its cache of operations off. The cache is keyed by file name: with it on, a file that was written anew
 * is answered with its old pixels (seen with WebP), and big scans stay in memory.
 */
export async function loadSharp(purpose: string): Promise<(typeof import('sharp'))['default']> {
  const { default: sharp } = await optionalPackage('sharp', purpose, () => import('sharp'));
  sharp.cache(false);
  return sharp;
}
