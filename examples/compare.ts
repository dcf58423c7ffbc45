/**
 * The paper's step 11: several backbones on one split with one schedule, in tables of the form of its Tables I to VI.
 *
 *   npm run compare                                            small networks on synthetic films
 *   npm run compare -- --data <folder> --weights <folder>      on your films; a file of the folder belongs to the backbone
 *                                                              that its name begins with, densenet169_notop.h5 say
 *   npm run compare -- --data <folder> --weights official      with ImageNet weights from Keras's or torchvision's servers
 *
 * Rows are saved as they finish: the same command goes on where it was stopped. Research software, not for diagnosis.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  augmentDataset,
  backboneNames,
  cacheImages,
  classNames,
  compareBackbones,
  mapImages,
  preprocess,
  readWeights,
  splitDataset,
  SpineError,
  type BackboneName,
  type ComparedBackbone,
  type Comparison,
  type ComparisonRow,
  type Dataset,
  type Stage,
} from 'spine-xray-ml';
import { fetchWeights, imageFolder, writeFileAtomic } from 'spine-xray-ml/node';
import { phantomDataset } from 'spine-xray-ml/phantom';
import { comparisonTable, createReport } from 'spine-xray-ml/report';
import { startBackend } from './support/backend.js';
import { explainingErrors } from './support/errors.js';
import { prepareOutputs } from './support/outputs.js';
import { readAll } from './support/reading.js';
import { phantomNetwork } from './support/recipe.js';
import { bar, line } from './support/terminal.js';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    weights: { type: 'string' },
    backbones: { type: 'string' },
    total: { type: 'string' },
    seed: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'wasm' },
    out: { type: 'string', default: 'out/compare' },
  },
});

await explainingErrors(async () => {
  const { out } = options;
  const seed = Number(options.seed);
  await prepareOutputs(out);
  await startBackend(options.backend);
  const { films, backbones, stages, total } = options.data === undefined ? phantoms(seed) : await radiographs(options.data);
  line(`Comparing ${backbones.length} backbones on the ${options.backend} backend, seed ${seed}. Research software, not for diagnosis.`);

  // One split for all, before anything is copied; the training part alone is augmented.
  const progress = bar();
  const ready = cacheImages(mapImages(films, (image) => preprocess(image)));
  await readAll(ready, progress);
  const { train, validation, test } = splitDataset(ready, { seed, ...(options.data === undefined && { ratios: [2, 1, 1] }) });
  const parts = { train: augmentDataset(train, { seed, total: Math.max(train.length, Number(options.total ?? total)) }), validation, test };
  line(`${parts.train.length} training, ${validation.length} validation and ${test.length} test films: ${classNames(films).join(', ')}`);

  const rows: ComparisonRow[] = [];
  const comparison = await compareBackbones(parts, {
    backbones,
    seed,
    stages,
    head: { dense: [], dropout: 0.2 },
    results: await earlierRows(join(out, 'rows.json')),
    onCache: ({ backbone, stage, done, total: all }) => progress.show(`${backbone}, ${stage}: frozen layers`, done, all),
    onBatch: ({ backbone, stage, epoch, batch, batches }) => progress.show(`${backbone}, ${stage}: epoch ${epoch}`, batch, batches),
    async onRow(row) {
      rows.push(row);
      progress.clear();
      line('error' in row ? `${row.record.name} failed: ${row.error.message}` : `${row.record.name}: ${Math.round(row.seconds)} s`);
      await writeFileAtomic(join(out, 'rows.json'), JSON.stringify(rows));
    },
  });
  progress.clear();

  await writeFileAtomic(join(out, 'comparison.json'), JSON.stringify(comparison, null, 1) + '\n');
  await writeFileAtomic(join(out, 'table.md'), comparisonTable(comparison) + '\n');
  await writeFileAtomic(join(out, 'report.html'), await report(comparison, { train, validation, test }));
  line(comparisonTable(comparison, { format: 'text' }));
  line(`wrote ${join(out, 'report.html')}, table.md and comparison.json`);
});

interface Study {
  readonly films: Dataset;
  readonly backbones: readonly ComparedBackbone[];
  readonly stages: readonly Stage[];
  /** Training films after augmentation. */
  readonly total: number;
}

/** The embedded default: what three minutes of a processor carry. Only Xception knows anything beforehand. */
function phantoms(seed: number): Study {
  const known = () => readFile(new URL('weights/phantom-xception.safetensors', import.meta.url)).then(readWeights);
  return {
    films: phantomDataset({ seed, total: 200 }),
    backbones: chosen([
      {
        backbone: 'xception',
        ...phantomNetwork,
        weights: known,
        weightsFrom: 'phantoms of other seeds',
        unfreeze: { 'fine tuning': { from: 'block9_sepconv1_act' } },
      },
      { backbone: 'mobilenet', width: 0.25, endBlock: 8 },
      { backbone: 'efficientnetB0', width: 0.25, endBlock: 4 },
      { backbone: 'googlenet', width: 0.125, endBlock: 4 },
    ]),
    stages: [
      { name: 'transfer learning', unfreeze: 'head', epochs: 10, learningRate: 3e-3, patience: 3 },
      { name: 'fine tuning', unfreeze: 'all', epochs: 1, learningRate: 1e-4 },
    ],
    total: 100,
  };
}

/** Real films and whole networks, the paper's five unless told otherwise. */
async function radiographs(folder: string): Promise<Study> {
  const names: readonly BackboneName[] = ['xception', 'efficientnetB3', 'densenet169', 'vgg19', 'resnet101'];
  const { weights } = options;
  const files = weights === undefined || weights === 'official' ? [] : await readdir(weights);
  return {
    films: await imageFolder(folder),
    backbones: chosen(names.map((backbone) => ({ backbone }))).map((entry): ComparedBackbone => {
      if (weights === 'official') return { ...entry, weights: ({ signal }) => fetchWeights(entry.backbone, signal ? { signal } : {}), weightsFrom: 'official' };
      const file = files.find((name) => name.toLowerCase().startsWith(entry.backbone.toLowerCase()));
      if (weights === undefined || file === undefined) return entry;
      return { ...entry, weights: () => readFile(join(weights, file)).then(readWeights), weightsFrom: file };
    }),
    stages: [
      { name: 'transfer learning', unfreeze: 'head', epochs: 30, learningRate: 1e-3, patience: 8 },
      { name: 'fine tuning', unfreeze: 'all', epochs: 3, learningRate: 1e-5, patience: 2 },
    ],
    total: options.backend === 'tensorflow' ? 3500 : 500,
  };
}

/** Those of --backbones, with their settings here where they have some. */
function chosen(entries: readonly ComparedBackbone[]): readonly ComparedBackbone[] {
  if (options.backbones === undefined) return entries;
  return options.backbones.split(',').map((name) => {
    if (!(backboneNames as readonly string[]).includes(name)) throw new SpineError('invalid-argument', `--backbones names some of ${backboneNames.join(', ')}; got "${name}".`);
    return entries.find(({ backbone }) => backbone === name) ?? { backbone: name as BackboneName };
  });
}

/** Rows of a run that was stopped. A finished comparison begins anew. */
async function earlierRows(file: string): Promise<readonly ComparisonRow[]> {
  if (!existsSync(file) || existsSync(file.replace(/rows\.json$/, 'comparison.json'))) return [];
  return JSON.parse(await readFile(file, 'utf8')) as ComparisonRow[];
}

function report(comparison: Comparison, parts: Readonly<Record<string, Dataset>>): Promise<string> {
  return createReport({ title: 'Backbones compared', parts, comparison });
}
