import { mapImages, preprocess, type Sample } from 'spine-xray-ml';
import { phantomDataset } from 'spine-xray-ml/phantom';

/** Films that no training sees: they are of a seed of their own. */
const seed = 90210;
const films = phantomDataset({ seed, total: 30 });
const prepared = mapImages(films, (image) => preprocess(image));

/** Film `index` of those that pictures show, as a network is given it. */
export const filmOf = (index: number): Sample => prepared[index]!;

/** The same film as it was made, [448, 448, 1] in bytes. */
export const originalOf = (index: number): Sample => films[index]!;

/** A normal one, a curve of 47° and a slip of 57 %. */
export const oneOfEach: readonly number[] = [3, 22, 14];
