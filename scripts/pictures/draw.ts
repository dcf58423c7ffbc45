import {
  augment,
  brightnessContrast,
  horizontalFlip,
  ndarrayOf,
  preprocess,
  resize,
  shiftScaleRotate,
  transpose,
  verticalFlip,
  type Image,
} from 'spine-xray-ml';
import { phantomParameters, renderPhantom } from 'spine-xray-ml/phantom';
import { confusionChart, curvesChart, overlay, renderChart, sharedScale, thumbnail } from 'spine-xray-ml/report';
import type { ChartSpec, Picture } from 'spine-xray-ml/report';
import { oneOfEach, originalOf } from './films.js';
import { explanationOf, readRecorded } from './recorded.js';
import { sheet } from './sheet.js';

/** The pictures of docs/pictures by file name: sheets of pixels, and charts as SVG. Each is drawn when it is called. */
export const pictures: Readonly<Record<string, () => Promise<Picture | string>>> = {
  'phantoms.png': phantoms,
  'fit.png': fit,
  'augment.png': augmentation,
  'explanations.png': explanations,
  'curves.svg': async () => renderChart(onWhite(curvesChart(readRecorded().history, { width: 260, height: 130 }))),
  'confusion.svg': async () => renderChart(onWhite(confusionChart(readRecorded().confusion))),
};

/** Pages may be dark, and charts are drawn for a light one. */
const onWhite = (spec: ChartSpec): ChartSpec => ({ ...spec, background: 'white' });

/** A phantom of each class: frontal view in its left half, lateral in its right. */
async function phantoms(): Promise<Picture> {
  return sheet([await Promise.all(oneOfEach.map(async (film) => thumbnail(await originalOf(film).load(), 256)))]);
}

/** A frontal film of 448×224 brought to a square: stretched, contained, covered. */
async function fit(): Promise<Picture> {
  const film = renderPhantom(phantomParameters(3, 0, 'scoliosis'), { view: 'frontal' });
  const fits = ['stretch', 'contain', 'cover'] as const;
  return sheet([
    fits
      .map((fit) => preprocess(resize(film, { size: [192, 192], fit }), { size: [192, 192], channels: 1 }))
      .map(picture),
  ]);
}

/** A film and what each of the five transforms makes of it; below, six copies with chance in them. */
async function augmentation(): Promise<Picture> {
  const film = renderPhantom(phantomParameters(3, 0, 'scoliosis'), { view: 'frontal' });
  const image = preprocess(film, { size: [144, 144], channels: 1 });
  const transformed = [
    image,
    transpose.apply(image),
    shiftScaleRotate.apply(image, { angle: 20, scale: 1.1, dx: 0.05, dy: 0 }),
    horizontalFlip.apply(image),
    verticalFlip.apply(image),
    brightnessContrast.apply(image, { alpha: 1.2, beta: 0.15 }),
  ];
  const copies = [1, 2, 3, 4, 5, 6].map((seed) => augment(image, { seed }));
  return sheet([transformed.map(picture), copies.map(picture)]);
}

/** Films as the network sees them; below, what moved its output for the class that each of them is. */
async function explanations(): Promise<Picture> {
  const explained = await Promise.all(readRecorded().explanations.map(explanationOf));
  const scale = sharedScale(explained);
  const side = 192;
  return sheet([
    explained.map(({ image }) => thumbnail(image, side)),
    explained.map((explanation) => thumbnail(imageOf(overlay(explanation, 0, { scale })), side)),
  ]);
}

const imageOf = ({ data, height, width, channels }: Picture): Image => ndarrayOf(data, [height, width, channels]);

const picture = (image: Image): Picture => thumbnail(image, Infinity);
