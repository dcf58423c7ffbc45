/**
 * The paper's step 11: several backbones on one split with one schedule, in tables of the form of its Tables I to VI.
 *
 *   npm run compare                                            small networks on synthetic films
 *   npm run compare -- --data <folder> --weights <folder>      on your films; a file of the folder belongs to the backbone
 *                                                              that its name begins with, densenet169_notop.h5 say; a
 *                                                              single file may be given, too
 *   npm run compare -- --data <folder> --weights official      with ImageNet weights from Keras's or torchvision's servers
 *
 * Rows are saved as they finish: the same command goes on where it was stopped. Research software, not for diagnosis.
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  augmentDataset,
  backboneFacts,
  cacheImages,
  classNames,
  compareBackbones,
  mapImages,
  preprocess,
  readWeights,
  splitDataset,
  type BackboneName,
  type ComparedBackbone,
  type Comparison,
  type TrialResult,
  type Dataset,
  type Stage,
  type BackboneVariant,
} from 'spine-xray-ml';
import { fetchWeights, imageFolder, writeFileAtomic } from 'spine-xray-ml/node';
import { phantomDataset } from 'spine-xray-ml/phantom';
import { comparisonTable, createReport } from 'spine-xray-ml/report';
import { startBackend } from './support/backend.js';
import { readCompareOptions, type CompareOptions } from './support/compareOptions.js';
import { explainingErrors } from './support/errors.js';
import { prepareOutputs } from './support/outputs.js';
import { readAll } from './support/reading.js';
import { phantomNetwork } from './support/recipe.js';
import { bar, line } from './support/terminal.js';
import { fileOf, weightFiles } from './support/weightFiles.js';

/** Where the last block of each of the paper's five begins: fine tuning all layers of a whole network takes 4 GB and more. */
const lastBlock: Partial<Record<BackboneName, Partial<Record<BackboneVariant, string>>>> = {
  xception: { keras: 'block14_sepconv1' },
  efficientnetB3: { keras: 'block7a_expand_conv', torch: 'features.7.0.block.0.0' },
  densenet169: { keras: 'conv5_block1_0_bn', torch: 'features.denseblock4.denselayer1.norm1' },
  vgg19: { keras: 'block5_conv1', torch: 'features.28' },
  resnet101: { keras: 'conv5_block1_1_conv', torch: 'layer4.0.conv1' },
};

await explainingErrors(async () => {
  const options = readCompareOptions();
  const { out, seed } = options;
  await prepareOutputs(out);
  await startBackend(options.backend, options.threads);
  const { films, backbones, stages, total } =
    options.data === undefined ? phantoms(options) : await radiographs(options.data, options);
  line(
    `Comparing ${backbones.length} backbones on the ${options.backend} backend, seed ${seed}. Research software, not for diagnosis.`,
  );

  // One split for all, before anything is copied; the training part alone is augmented.
  const progress = bar();
  const ready = cacheImages(mapImages(films, (image) => preprocess(image)));
  await readAll(ready, progress);
  const { train, validation, test } = splitDataset(ready, {
    seed,
    ...(options.data === undefined && { ratios: [2, 1, 1] }),
  });
  const wanted = options.total ?? total;
  if (wanted < train.length)
    line(
      `a total of ${wanted} is fewer than the ${train.length} training films there are: all of them are used, and none is augmented`,
    );
  const parts = { train: augmentDataset(train, { seed, total: Math.max(train.length, wanted) }), validation, test };
  line(
    `${parts.train.length} training, ${validation.length} validation and ${test.length} test films: ${classNames(films).join(', ')}`,
  );

  const comparison = await compareBackbones(parts, {
    backbones,
    seed,
    stages,
    head: { dense: [], dropout: 0.2 },
    results: await earlierRows(out),
    onCache: ({ backbone, stage, done, total: all }) =>
      progress.show(`${backbone}, ${stage}: frozen layers`, done, all),
    onBatch: ({ backbone, stage, epoch, batch, batches }) =>
      progress.show(`${backbone}, ${stage}: epoch ${epoch}`, batch, batches),
    async onRow(row, rows) {
      progress.clear();
      line(
        'error' in row
          ? `${row.spec.name} failed: ${row.error.message}`
          : `${row.spec.name}: ${Math.round(row.seconds)} s`,
      );
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
function phantoms(options: CompareOptions): Study {
  const known = () => readFile(new URL('weights/phantom-xception.safetensors', import.meta.url)).then(readWeights);
  return {
    films: phantomDataset({ seed: options.seed, total: 200 }),
    backbones: chosen(options, [
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
async function radiographs(folder: string, options: CompareOptions): Promise<Study> {
  const files =
    options.weights === undefined || options.weights === 'official' ? [] : await weightFiles(options.weights);
  const entries = chosen(
    options,
    (Object.keys(lastBlock) as BackboneName[]).map((backbone) => ({ backbone })),
  );
  const backbones: ComparedBackbone[] = [];
  for (const { backbone, variant = backboneFacts(backbone).variants[0]! } of entries) {
    const from = lastBlock[backbone]?.[variant];
    const entry: ComparedBackbone = {
      backbone,
      variant,
      ...(from !== undefined && { unfreeze: { 'fine tuning': { from } } }),
    };
    const file = fileOf(backbone, files);
    if (options.weights === 'official')
      backbones.push({
        ...entry,
        weights: ({ signal }) => fetchWeights({ backbone, variant }, signal ? { signal } : {}),
        weightsFrom: 'official',
      });
    else if (file !== undefined)
      backbones.push({
        ...entry,
        ...(await cutToFit(backbone, file)),
        weights: () => readFile(file).then(readWeights),
        weightsFrom: basename(file),
      });
    else {
      line(`no weights for ${backbone}: it starts at random, and learns little from a few hundred films`);
      backbones.push(entry);
    }
  }
  return {
    films: await imageFolder(folder),
    backbones,
    stages: [
      { name: 'transfer learning', unfreeze: 'head', epochs: 30, learningRate: 1e-3, patience: 8 },
      { name: 'fine tuning', unfreeze: 'all', epochs: 3, learningRate: 1e-5, patience: 2 },
    ],
    total: options.backend === 'tensorflow' ? 3500 : 500,
  };
}

/** As in the quickstart: weights of Xception that lack the kernels of block 14 do for the blocks before. */
async function cutToFit(backbone: BackboneName, file: string): Promise<Partial<ComparedBackbone>> {
  if (backbone !== 'xception' || (await readFile(file).then(readWeights)).has('block14_sepconv1/depthwise_kernel'))
    return {};
  return { endBlock: 13, unfreeze: { 'fine tuning': { from: 'block13_sepconv1' } } };
}

/** Those of --backbones, with their settings here where they have some, and in the variant of --variant where there is one. */
function chosen(
  { backbones, variant }: CompareOptions,
  entries: readonly ComparedBackbone[],
): readonly ComparedBackbone[] {
  const all: readonly ComparedBackbone[] =
    backbones?.map((name) => entries.find(({ backbone }) => backbone === name) ?? { backbone: name }) ?? entries;
  if (variant === undefined) return all;
  return all.map((entry) => {
    const { variants } = backboneFacts(entry.backbone);
    if (variants.includes(variant)) return { ...entry, variant };
    line(`${entry.backbone} is built as ${variants[0]} defines it: it is not offered as ${variant} does`);
    return entry;
  });
}

/** Rows of a run that was stopped. After a finished one the next begins anew, and is itself unfinished from here on. */
async function earlierRows(out: string): Promise<readonly TrialResult[]> {
  const rows = join(out, 'rows.json');
  const finished = join(out, 'comparison.json');
  if (existsSync(finished)) {
    await rm(rows, { force: true });
    await rm(finished);
  }
  return existsSync(rows) ? (JSON.parse(await readFile(rows, 'utf8')) as TrialResult[]) : [];
}

function report(comparison: Comparison, parts: Readonly<Record<string, Dataset>>): Promise<string> {
  return createReport({ title: 'Backbones compared', parts, comparison });
}
