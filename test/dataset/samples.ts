import { ndarrayOf, type Dataset, type Image, type Sample } from 'spine-xray-ml';

/** A sample that cannot be read: for what only divides. */
export function sample(id: string, label?: string, rest: Partial<Sample> = {}): Sample {
  return {
    id,
    ...(label === undefined ? {} : { label }),
    ...rest,
    load: rest.load ?? (() => Promise.reject(new Error(`${id} was read`))),
  };
}

/** Singletons: so many samples of each class, ids by class and number. */
export function samplesOf(counts: Readonly<Record<string, number>>): Dataset {
  return Object.entries(counts).flatMap(([label, count]) =>
    Array.from({ length: count }, (_, index) => sample(`${label}-${index}`, label)),
  );
}

/** How many samples of each label. */
export function countLabels(dataset: Dataset): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { label = '' } of dataset) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

export const idsOf = (dataset: Dataset) => dataset.map(({ id }) => id);

/** An image [height, width, channels] whose pixels count up from `start` in steps of 1/1024. */
export function ramp(shape: readonly [number, number, number], start = 0): Image {
  const [height, width, channels] = shape;
  return ndarrayOf(
    Float32Array.from({ length: height * width * channels }, (_, index) => start + index / 1024),
    shape,
  );
}
