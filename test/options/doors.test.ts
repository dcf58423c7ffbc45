import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as spine from 'spine-xray-ml';
import * as node from 'spine-xray-ml/node';
import * as phantom from 'spine-xray-ml/phantom';
import { valuesOf } from '../support/pixels.js';
import { strips } from '../report/samples.js';
import { useTestBackend } from '../support/backend.js';
import { js, refusal } from './refusal.js';

useTestBackend();

const films = strips(['left', 'right'], 4);
const image = spine.imageFromPixels(new Uint8Array(4), { height: 2, width: 2 });
const bytes = new Uint8Array(12);
const draw = spine.drawAugmentation(spine.createRandom(1), {
  shiftScaleRotate: { probability: 1 },
  brightnessContrast: { probability: 1 },
});
const parameters = phantom.drawPhantom(spine.createRandom(1), 'normal');
const { curve, patient, film } = parameters;
const nowhere = join(tmpdir(), 'spine-xray-ml-nowhere');

describe('what is no argument is refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['applyAugmentation({})', () => spine.applyAugmentation(image, js({})), /^draw\.transpose must be null, or \{\}/],
    ['applyAugmentation(null)', () => spine.applyAugmentation(image, js(null)), /^draw needs an object with at least/],
    [
      'applyAugmentation, misspelt',
      () => spine.applyAugmentation(image, js({ ...draw, vertcalFlip: {} })),
      /^draw has no option "vertcalFlip"\. Do you mean "verticalFlip"/,
    ],
    [
      'applyAugmentation, misspelt within',
      () => spine.applyAugmentation(image, js({ ...draw, shiftScaleRotate: { ...draw.shiftScaleRotate, agle: 1 } })),
      /^draw\.shiftScaleRotate has no option "agle"\. Do you mean "angle"/,
    ],
    [
      'applyAugmentation, options for a draw',
      () => spine.applyAugmentation(image, js({ ...draw, transpose: { probability: 1 } })),
      /^draw\.transpose must be null, or \{\} where it was drawn, got \{"probability":1\}/,
    ],
    [
      'shiftScaleRotate.apply()',
      () => spine.shiftScaleRotate.apply(image, js(undefined)),
      /^shiftScaleRotate\.apply needs an object/,
    ],
    [
      'brightnessContrast.apply()',
      () => spine.brightnessContrast.apply(image, js(undefined)),
      /^brightnessContrast\.apply needs an object/,
    ],
    ['renderPhantom()', () => phantom.renderPhantom(js(undefined)), /^parameters must be an object \{ curve, slip, /],
    ['renderPhantom({})', () => phantom.renderPhantom(js({})), /^parameters\.curve must be an object \{ cobbAngle, /],
    ['describePhantom({})', () => phantom.describePhantom(js({}), 'normal'), /^parameters\.curve must be an object/],
    [
      'renderPhantom, misspelt',
      () => phantom.renderPhantom(js({ ...parameters, curve: { ...curve, cobAngle: 40 } })),
      /^parameters\.curve has no option "cobAngle"\. Do you mean "cobbAngle"/,
    ],
    [
      'renderPhantom, NaN',
      () => phantom.renderPhantom({ ...parameters, film: { ...film, gamma: NaN } }),
      /^parameters\.film\.gamma must be a finite number, got NaN/,
    ],
    [
      'renderPhantom, an unknown word',
      () => phantom.renderPhantom({ ...parameters, curve: { ...curve, pattern: js('left') } }),
      /^parameters\.curve\.pattern must be 'thoracic', .*, got "left"/,
    ],
    [
      'renderPhantom, a vertebra too few',
      () => phantom.renderPhantom({ ...parameters, patient: { ...patient, discs: patient.discs.slice(1) } }),
      /^parameters\.patient\.discs must be a list of 17 numbers/,
    ],
    [
      'renderPhantom, a pocket of nothing',
      () => phantom.renderPhantom({ ...parameters, patient: { ...patient, gas: [js({ x: 0 })] } }),
      /^parameters\.patient\.gas\[0\]\.y must be a finite number, got undefined/,
    ],
    [
      'describePhantom, no finding',
      () => phantom.describePhantom(parameters, js(undefined)),
      /^finding must be 'normal', .*, got undefined/,
    ],
    [
      'drawPhantom, an unknown finding',
      () => phantom.drawPhantom(spine.createRandom(1), js('scoliosys')),
      /^finding must be 'normal', .*, got "scoliosys"/,
    ],
    [
      'exportFolders({ train: 1 })',
      () => node.exportFolders(js({ train: 1 }), nowhere),
      /^parts\.train must be a list/,
    ],
    ['exportFolders(null)', () => node.exportFolders(js(null), nowhere), /^parts must be data sets by name.*got null/],
    ['exportFolders(data set)', () => node.exportFolders(js(films), nowhere), /Give a data set its name: \{ test/],
    [
      'imageFromPixels, misspelt',
      () => spine.imageFromPixels(bytes, js({ height: 2, width: 2, chanels: 3 })),
      /^imageFromPixels has no option "chanels"\. Do you mean "channels"/,
    ],
    [
      'imageFromPixels, no layout',
      () => spine.imageFromPixels(bytes, js(undefined)),
      /^imageFromPixels needs an object/,
    ],
    [
      'imageFromPixels, no height',
      () => spine.imageFromPixels(bytes, js({ width: 2 })),
      /^height must be a whole number above 0, got undefined/,
    ],
    [
      'imageFromPixels, with alpha',
      () => spine.imageFromPixels(bytes, { height: 1, width: 3, channels: js(4) }),
      /^channels must be 1 or 3, got 4\. Leave alpha out/,
    ],
    [
      'imageFromPixels, no pixels',
      () => spine.imageFromPixels(js(undefined), { height: 1, width: 3 }),
      /^imageFromPixels needs pixels as a Uint8Array.*got undefined/,
    ],
    ['readImage(undefined)', () => node.readImage(js(undefined)), /^The file of readImage must be a path.*undefined/],
    ['readImage(5)', () => node.readImage(js(5)), /^The file of readImage must be a path, a file: URL, .*got 5/],
    ['readImage(buffer)', () => node.readImage(js(new ArrayBuffer(2))), /Wrap it: new Uint8Array\(buffer\)/],
    [
      'mapImages without a function',
      () => spine.mapImages(films, js(undefined)),
      /^fn of mapImages must be a function/,
    ],
    [
      'selectClasses(text)',
      () => spine.selectClasses(films, js('left')),
      /^classes must be a list of names, got "left"/,
    ],
  ])('%s', async (_, call, message) => {
    expect(await refusal(call)).toMatch(message);
  });

  it.each([undefined, null, 5, {}, '', new URL('file:///tmp')])('folderHandler(%j)', async (directory) => {
    expect(await refusal(() => node.folderHandler(js(directory)))).toMatch(
      /^The folder of folderHandler must be a path; got/,
    );
  });
});

describe('what is no data set is refused', () => {
  const calls: Readonly<Record<string, (dataset: spine.Dataset) => unknown>> = {
    mapImages: (dataset) => spine.mapImages(dataset, (pixels) => pixels),
    cacheImages: (dataset) => spine.cacheImages(dataset),
    splitDataset: (dataset) => spine.splitDataset(dataset, { seed: 1 }),
    kFold: (dataset) => spine.kFold(dataset, { seed: 1, folds: 2 }),
    classNames: (dataset) => spine.classNames(dataset),
    selectClasses: (dataset) => spine.selectClasses(dataset, ['left']),
    augmentDataset: (dataset) => spine.augmentDataset(dataset, { seed: 1, total: 9 }),
  };

  it.each(Object.entries(calls))('by %s', async (name, call) => {
    const others: [unknown, string][] = [
      [undefined, 'undefined.'],
      [null, 'null.'],
      ['films', '"films".'],
      [{ train: films }, ''],
      [Promise.resolve(films), 'a promise. Await it.'],
    ];
    for (const [other, said] of others) {
      const message = await refusal(() => call(js(other)));
      expect(message).toContain(`The data set of ${name} must be a list of samples, got ${said}`);
    }
    expect(await refusal(() => call(js([null])))).toContain(`The data set of ${name} must hold samples`);
    expect(() => call(films)).not.toThrow();
  });
});

it('a sample is read without options, be they null', async () => {
  const drawn = phantom.phantomDataset({ seed: 1, total: 3, size: 64 });
  const [first] = drawn;
  const pixels = await first!.load();
  const derived = [
    drawn,
    spine.mapImages(drawn, (read) => read),
    spine.cacheImages(drawn),
    spine.augmentDataset(drawn, { seed: 1, total: 3 }),
  ];
  for (const dataset of derived) expect(valuesOf(await dataset[0]!.load(js(null)))).toEqual(valuesOf(pixels));
  const [copy] = spine.augmentDataset(drawn, { seed: 1, total: 4, perEpoch: true }).slice(3);
  expect(valuesOf(await copy!.load(js(null)))).toEqual(valuesOf(await copy!.load()));
});
