/**
 * How long augmentation and preprocessing take on one thread. Prints a JSON line {name, value, unit} for each: the median
 * of rounds, after warming up.
 *
 * Run: npx tsx bench/augment.ts
 */
import { performance } from 'node:perf_hooks';
import {
  ndarrayOf,
  augment,
  brightnessContrast,
  createRandom,
  horizontalFlip,
  preprocess,
  shiftScaleRotate,
  transpose,
  verticalFlip,
  type Image,
} from 'spine-xray-ml';

const random = createRandom(1);
const film = reals(224, 224, 3);

report(
  'transpose',
  microseconds(200, () => transpose.apply(film)),
);
report(
  'horizontalFlip',
  microseconds(200, () => horizontalFlip.apply(film)),
);
report(
  'verticalFlip',
  microseconds(200, () => verticalFlip.apply(film)),
);
report(
  'shiftScaleRotate',
  microseconds(200, () =>
    shiftScaleRotate.apply(film, { angle: random.uniform(-45, 45), scale: 1.05, dx: 0.03, dy: -0.02 }),
  ),
);
report(
  'shiftScaleRotate of a transposed view',
  microseconds(200, () =>
    shiftScaleRotate.apply(transpose.apply(film), { angle: random.uniform(-45, 45), scale: 1.05, dx: 0.03, dy: -0.02 }),
  ),
);
report(
  'brightnessContrast',
  microseconds(200, () => brightnessContrast.apply(film, { alpha: 1.1, beta: -0.05 })),
);
let seed = 0;
// Over many draws at a time, since most leave out the costly transforms.
report(
  'augment, mean of 100 draws',
  microseconds(20, () => {
    for (let i = 0; i < 100; i++) augment(film, { seed: seed++ });
  }) / 100,
);

const small = bytes(640, 200);
const scan = words(5000, 4000);
report('preprocess 640×200 bytes', microseconds(50, () => preprocess(small)) / 1000, 'ms');
report('preprocess 5000×4000 words', microseconds(7, () => preprocess(scan)) / 1000, 'ms');

function report(name: string, value: number, unit = 'µs'): void {
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(3)), unit }));
}

function microseconds(rounds: number, work: () => unknown): number {
  for (let i = 0; i < Math.ceil(rounds / 4); i++) work();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return times[Math.floor(rounds / 2)]! * 1000;
}

function reals(height: number, width: number, channels: number): Image {
  return ndarrayOf(
    Float32Array.from({ length: height * width * channels }, () => random.uniform()),
    [height, width, channels],
  );
}

function bytes(height: number, width: number): Image {
  return ndarrayOf(
    Uint8Array.from({ length: height * width }, () => random.integer(0, 255)),
    [height, width, 1],
  );
}

function words(height: number, width: number): Image {
  const pixels = new Uint16Array(height * width);
  for (let i = 0; i < pixels.length; i++) pixels[i] = random.integer(0, 65535);
  return ndarrayOf(pixels, [height, width, 1]);
}
