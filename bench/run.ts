/**
 * Runs every benchmark and writes docs/benchmarks.md. Nothing else should run meanwhile.
 *
 *   npx tsx bench/run.ts [--data <films>] [--python <interpreter with the reference libraries>] [--only training,references]
 *
 * Without --data the reading of films is left out, and without --python the references are. Figures are kept in
 * out/benchmarks.jsonl: with --only some are measured anew, and the others are those of the last time.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const { data, python, only } = parseArgs({
  options: { data: { type: 'string' }, python: { type: 'string' }, only: { type: 'string' } },
}).values;
const kept = 'out/benchmarks.jsonl';
const figures = new Map<string, Figure>();
if (only !== undefined)
  for (const line of readFileSync(kept, 'utf8').trim().split('\n'))
    figures.set((JSON.parse(line) as Figure).name, JSON.parse(line) as Figure);
const isWanted = (name: string) => only === undefined || only.split(',').includes(name);

function collect(command: string, args: readonly string[]): void {
  console.log(`${command} ${args.join(' ')}`);
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const lines = stdout.split('\n').filter((text) => text.startsWith('{"name"'));
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed, so no page is written:\n${stderr}`);
  for (const text of lines) {
    const figure = JSON.parse(text) as Figure;
    figures.set(figure.name, figure);
    console.log(`  ${figure.name}: ${figure.value} ${figure.unit}`);
  }
}

const bench = (file: string, ...args: string[]) =>
  isWanted(file) && collect(process.execPath, ['--import', 'tsx', `bench/${file}.ts`, ...args]);
bench('training', 'wasm', '3');
bench('training', 'tensorflow', '6');
// Next to what it is compared with, as a machine's speed drifts.
if (python !== undefined && isWanted('references'))
  collect(python, ['bench/references.py', ...(data === undefined ? [] : [data])]);
bench('threads');
bench('augment');
bench('weights');
bench('explain', 'wasm');
bench('explain', 'tensorflow');
bench('transfer', 'wasm');
if (data !== undefined) bench('prepare', '--data', data);

mkdirSync('out', { recursive: true });
writeFileSync(kept, [...figures.values()].map((figure) => `${JSON.stringify(figure)}\n`).join(''));
writeFileSync('docs/benchmarks.md', page());

/** A row: ours, the reference, and how many times the reference's time ours takes. */
function row(title: string, ours: string, reference?: string): string {
  const own = figures.get(ours);
  const other = reference === undefined ? undefined : figures.get(reference);
  if (own === undefined) return '';
  // A rate is better the larger it is.
  const ratio = other && (own.unit.includes('a second') ? other.value / own.value : own.value / other.value);
  return `| ${title} | ${own.value} ${own.unit} | ${other ? `${other.value} ${other.unit}` : '–'} | ${ratio ? ratio.toFixed(2) : '–'} |\n`;
}

function page(): string {
  const model = ['wasm', 'tensorflow'].flatMap((backend) => [
    row(`${backend}: predict`, `${backend}: predict`, 'Keras: predict'),
    ...['frozen', 'trained'].flatMap((way) => {
      const step = `training step, batch norms ${way}`;
      return [
        row(`${backend}: ${step}`, `${backend}: ${step}`, `Keras: ${step}`),
        ...(way === 'frozen'
          ? [
              row(
                'the same work: gamma and beta trained there, too',
                `${backend}: ${step}`,
                'Keras: training step, batch norms in inference mode',
              ),
            ]
          : []),
        row(`the same, in predictions of the same run`, `${backend}: ${step}, to its prediction`),
        row(
          'the same, peak memory',
          `${backend}: peak memory, batch norms ${way}`,
          `Keras: peak memory, batch norms ${way}`,
        ),
      ];
    }),
  ]);
  const jit = (way: string) => figures.get(`Keras: training step, batch norms ${way}, default`)?.value ?? '–';
  const threadRows = [...figures.keys()]
    .filter((name) => name.endsWith('1 thread against 2'))
    .map((name) => row(name.replace(', 1 thread against 2', ''), name));
  const head = '| work | here | reference | times the reference |\n|---|---|---|---|\n';
  return `# Benchmarks

Written by \`npx tsx bench/run.ts\`; every figure of this page comes from one machine, and those of one table with their references from one run, medians over processes (Node ${process.version}, ${cpus().length} processors: ${cpus()[0]?.model ?? 'unknown'}). Compare the ratios, not the times: another machine, or a busy one, gives other times.

References: Keras 3.15 on TensorFlow 2.21 (both processors, \`jit_compile=False\`), albumentations 1.3.1, shap 0.51 and OpenCV 5, measured in the same run by \`bench/references.py\`.

## Xception, 224×224×3

Batches of 8, every layer trained. Frozen batch norms use their moving statistics, and their gamma and beta are trained here, while Keras leaves them alone where they are not trainable; the row below compares with Keras's recipe for fine-tuning, \`base(images, training=False)\`, which trains them as well. wasm runs on one thread, the others on all processors. Arithmetic alone asks for three predictions a step. Stock tfjs cannot train a convolution on wasm at all.

${head}${model.join('')}
With its default \`jit_compile\`, Keras takes ${jit('frozen')} ms an image with batch norms frozen, and ${jit('trained')} ms with batch norms trained.

### wasm on two threads

How many times faster than on one, each in processes of its own that take turns:

${head}${threadRows.join('')}
## Ten epochs of the head

${head}${[
    'ten epochs of the head, frozen layers in each',
    'ten epochs of the head, frozen layers once',
    'ten epochs of the head, frozen layers once, kept in a folder',
    'times faster with the cache',
    'times faster with the cache in a folder',
  ]
    .map((work) => row(work, `transfer/${work}/wasm`))
    .join('')}
## Films

${head}${row('read, resize, min–max, a film', [...figures.keys()].find((name) => name.startsWith('read, resize')) ?? '', 'OpenCV: read, resize, min-max')}${row('augment a 224×224×3 film, mean of draws', 'augment, mean of 100 draws', 'albumentations: pipeline')}${row('shift, scale, rotate', 'shiftScaleRotate')}${row('preprocess a film of 640×200 bytes', 'preprocess 640×200 bytes')}${row('preprocess a scan of 5000×4000 words', 'preprocess 5000×4000 words')}
Transposition and flips are views: they take microseconds and copy nothing.

## Weight files of 90 MB

${head}${[...figures.keys()]
    .filter((name) => name.startsWith('weights/'))
    .map((name) => row(name.slice('weights/'.length), name))
    .join('')}
## Explanations, beyond the model

${head}${['wasm', 'tensorflow'].map((backend) => row(`${backend}: one evaluation`, `explain/evaluation beyond the model/${backend}`, 'shap: evaluation beyond the model')).join('')}`;
}
