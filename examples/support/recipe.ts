import { readFile } from 'node:fs/promises';
import {
  blurMasker,
  constantMasker,
  readSafetensors,
  SpineError,
  type Dataset,
  type FrozenCacheOptions,
  type Masker,
  type NamedArrays,
  type Stage,
  type BuildBackboneOptions,
} from 'spine-xray-ml';
import { imageFolder } from 'spine-xray-ml/node';
import { phantomDataset } from 'spine-xray-ml/phantom';
import type { Options } from './options.js';

/** What differs between a run on phantoms and one on films. */
export interface Recipe {
  readonly collect: () => Promise<{ dataset: Dataset; kind: string; skipped: { file: string; error: Error }[] }>;
  readonly ratios: readonly [train: number, validation: number, test: number];
  /** Training films after augmentation. */
  readonly total: number;
  readonly network: Omit<BuildBackboneOptions, 'classes' | 'seed'>;
  readonly weights: () => Promise<NamedArrays>;
  readonly weightsFrom: string;
  readonly stages: readonly Stage[];
  readonly batchSize: number;
  /** What may be kept of the frozen layers' results: 3500 films take 2 GB in front of the last block. */
  readonly cache: FrozenCacheOptions;
  /** What hides parts of a film from the explained model. */
  readonly masker: Masker;
  /** Evaluations of the model per explanation. */
  readonly evaluations: number;
}

/** A narrow, shallow Xception: what a processor trains in two minutes. */
export const phantomNetwork = { width: 0.1875, endBlock: 10 } as const;

export async function chooseRecipe(options: Options): Promise<Recipe> {
  return options.data === undefined ? phantoms(options) : films(options.data, options);
}

/** The embedded default: 720 phantoms and a narrow, shallow Xception that has graded curves and slips on others. */
function phantoms({ seed }: Options): Recipe {
  return {
    collect: async () => ({ dataset: phantomDataset({ seed, total: 720 }), kind: 'phantoms', skipped: [] }),
    // Phantoms cost nothing, so the test part can be large.
    ratios: [10, 2, 6],
    total: 500,
    network: { ...phantomNetwork, head: { dense: [], dropout: 0.2 } },
    weights: () => read(new URL('../weights/phantom-xception.safetensors', import.meta.url)),
    weightsFrom: 'pre-trained to grade curves and slips on other phantoms',
    stages: [
      { name: 'transfer learning', unfreeze: 'head', epochs: 30, learningRate: 3e-3, patience: 8 },
      { name: 'fine tuning', unfreeze: { from: 'block9_sepconv1_act' }, epochs: 5, learningRate: 1e-4, patience: 3 },
    ],
    batchSize: 16,
    cache: { bytes: 2 ** 30 },
    // Blurred, every phantom looks curved to this network, so that nothing would be left to explain; black does not.
    masker: constantMasker(0),
    evaluations: 200,
  };
}

/** Real films and ImageNet's weights: as far as the given weights go, which may lack block 14's kernels. */
async function films(data: string, options: Options): Promise<Recipe> {
  if (options.weights === undefined) {
    throw new SpineError(
      'invalid-argument',
      'Give --weights with --data: Xception learns little from a few hundred films without what it knows from ImageNet.',
    );
  }
  const weights = await read(options.weights);
  const block14 = ['block14_sepconv1', 'block14_sepconv2'].flatMap((name) => [
    `${name}/depthwise_kernel`,
    `${name}/pointwise_kernel`,
  ]);
  const endBlock = block14.every((name) => weights.has(name)) ? 14 : 13;
  const native = options.backend === 'tensorflow';
  return {
    async collect() {
      const skipped: { file: string; error: Error }[] = [];
      const dataset = await imageFolder(data, {
        onError: options.onError,
        onSkip: ({ file, error }) => skipped.push({ file, error }),
      });
      return { dataset, kind: 'radiographs', skipped };
    },
    ratios: [8, 1, 1],
    total: native ? 3500 : 500,
    network: { endBlock },
    weights: async () => weights,
    weightsFrom: 'from ImageNet',
    stages: [
      { name: 'transfer learning', unfreeze: 'head', epochs: 30, learningRate: 1e-3, patience: 8 },
      {
        name: 'fine tuning',
        unfreeze: { from: `block${endBlock}_sepconv1` },
        epochs: 3,
        learningRate: 1e-5,
        patience: 2,
      },
    ],
    batchSize: 16,
    cache: { bytes: 4 * 2 ** 30 },
    masker: blurMasker({ size: 64 }),
    evaluations: native ? 500 : 80,
  };
}

async function read(file: string | URL): Promise<NamedArrays> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SpineError(
      'file-missing',
      `The weights ${String(file)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    );
  });
  return readSafetensors(bytes);
}
