import { ndarrayOf, type Dataset } from 'spine-xray-ml';

/** Three unlabelled films [2, 2, 3], each of one grey: for an objective that has targets of its own. */
export const films: Dataset = Array.from({ length: 3 }, (_, index) => ({
  id: `film-${index}`,
  load: () => Promise.resolve(ndarrayOf(new Float32Array(12).fill(index / 3), [2, 2, 3])),
}));
