import { sampleFamilies, type Dataset } from '../../dataset/index.js';
import { plural } from '../format.js';

/**
 * A sentence on what the parts of a split share, or undefined where they share nothing: how many test images belong to
 * a film or patient that another part has images of too. Where no part is called `test`, the last one counts as it.
 */
export function sharedFamiliesNotice(parts: Readonly<Record<string, Dataset>> = {}): string | undefined {
  const placed = Object.entries(parts).flatMap(([part, dataset]) => dataset.map((sample) => ({ part, sample })));
  const families = sampleFamilies(placed.map(({ sample }) => sample));
  const partsOf = new Map<string, Set<string>>();
  placed.forEach(({ part }, index) => {
    const family = families[index]!;
    partsOf.set(family, (partsOf.get(family) ?? new Set()).add(part));
  });
  const crossing = placed.filter((_, index) => (partsOf.get(families[index]!)?.size ?? 0) > 1);
  if (crossing.length === 0) return undefined;

  const tested = 'test' in parts ? 'test' : Object.keys(parts).at(-1)!;
  const concerned = crossing.filter(({ part }) => part === tested).length;
  const all = plural(parts[tested]?.length ?? 0, 'image');
  if (concerned === 0) {
    return `None of the ${all} of the part ${tested} is concerned, but other parts hold images of the same films or patients: what was chosen by them is not independent.`;
  }
  return `${concerned} of the ${all} of the part ${tested} ${concerned === 1 ? 'belongs' : 'belong'} to films or patients that other parts hold images of too, so the figures of that part measure in part how well seen films are recognized.`;
}
