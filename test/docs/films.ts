import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { createRandom } from 'spine-xray-ml';

const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const perClass = 12;

/** Writes what snippets may read: `films/<class>/<number>.png`, small and grey, and the same as `films.csv`. */
export async function writeFilms(directory: string): Promise<void> {
  const [height, width] = [120, 90];
  const rows = ['file,label,group'];
  for (const [index, label] of classes.entries()) {
    mkdirSync(path.join(directory, 'films', label), { recursive: true });
    for (let number = 1; number <= perClass; number++) {
      const random = createRandom(1, label, number);
      const pixels = Uint8Array.from({ length: height * width }, (_, i) => 60 * index + (i % width) + random.integer(0, 40));
      const file = `films/${label}/${number}.png`;
      await sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace('b-w').png().toFile(path.join(directory, file));
      rows.push(`${file},${label},patient-${label}-${number}`);
    }
  }
  writeFileSync(path.join(directory, 'films.csv'), `${rows.join('\n')}\n`);
}
