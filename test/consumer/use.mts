// The public types as a strict project meets them.
import { createRandom, isSpineError, type Dataset, type Random } from 'spine-xray-ml';

const random: Random = createRandom(1, 'consumer');
export const draws: readonly number[] = random.shuffle([1, 2, 3]);
export const labels = (dataset: Dataset): readonly (string | undefined)[] => dataset.map((sample) => sample.label);
export const explain = (error: unknown): string => (isSpineError(error) ? error.code : 'other');

// @ts-expect-error: a seed is never a default.
createRandom();
