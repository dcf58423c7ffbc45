import { optionalPackage } from '../../optional.js';

/**
 * sharp, with its cache of operations off. The cache is keyed by file name: with it on, a file that was written anew
 * is answered with its old pixels (seen with WebP), and big scans stay in memory.
 */
export async function loadSharp(purpose: string): Promise<(typeof import('sharp'))['default']> {
  const { default: sharp } = await optionalPackage('sharp', purpose, () => import('sharp'));
  sharp.cache(false);
  return sharp;
}
