import { refuseUnknownOptions, requireOptions } from '../arguments.js';
import { augmentDefaults, type AugmentOptions } from './defaults.js';

/**
 * Refuses options of names that nobody reads, those of the transforms included.
 *
 * @param name whose options, such as `augmentDataset`.
 * @param own names of options beside those of the pipeline.
 * @throws SpineError `invalid-argument`.
 */
export function refuseUnknownAugmentOptions(name: string, options: AugmentOptions, own: readonly string[]): void {
  const transforms = Object.keys(augmentDefaults) as (keyof typeof augmentDefaults)[];
  refuseUnknownOptions(name, options, [...own, ...transforms]);
  for (const transform of transforms) {
    const given = options[transform];
    if (given === undefined || given === false) continue;
    requireOptions(`${transform} of ${name}`, given, '{ probability }, or false');
    refuseUnknownOptions(`${transform} of ${name}`, given, Object.keys(augmentDefaults[transform]));
  }
}
