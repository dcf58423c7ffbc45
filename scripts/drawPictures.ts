/**
 * Draws the pictures of README and docs with the library's own renderers, into docs/pictures.
 *
 *   npm run pictures                   in seconds, from the code and from what was recorded
 *   npm run pictures -- --record       trains and explains first, in some minutes, and records what came of it
 *
 * test/docs/pictures.test.ts draws them again and compares.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pictures } from './pictures/draw.js';
import { record } from './pictures/record.js';
import { png } from './pictures/sheet.js';

if (process.argv.includes('--record')) await record();

const folder = fileURLToPath(new URL('../docs/pictures', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [file, draw] of Object.entries(pictures)) {
  const drawn = await draw();
  const bytes = typeof drawn === 'string' ? `${drawn}\n` : await png(drawn);
  writeFileSync(path.join(folder, file), bytes);
  console.log(`${file}: ${(bytes.length / 1000).toFixed(0)} kB`);
}
