import { createRequire } from 'node:module';
import { basename } from 'node:path';
import {
  augmentDefaults,
  buildBackboneDefaults,
  backboneFacts,
  classNames,
  metrics,
  type Dataset,
  type Predictions,
  type Sample,
} from 'spine-xray-ml';
import { phantomTruth } from 'spine-xray-ml/phantom';
import type { ReportExplanation, RunValue } from 'spine-xray-ml/report';
import type { Options } from './options.js';
import type { Recipe } from './recipe.js';

/** '97.0 % (95 % interval 84.7 to 99.5)'. */
export function percentWithInterval(predictions: Predictions): string {
  const accuracy = metrics.accuracy(predictions);
  const n = predictions.ids.length;
  const { low, high } = metrics.wilson(Math.round(accuracy * n), n);
  const percent = (value: number) => (100 * value).toFixed(1);
  return `${percent(accuracy)} % (95 % interval ${percent(low)} to ${percent(high)})`;
}

/** `count` samples, classes in turn. */
export function spread(dataset: Dataset, count: number): Dataset {
  const byClass = classNames(dataset).map((name) => dataset.filter(({ label }) => label === name));
  return Array.from({ length: count }, (_, round) => byClass.flatMap((samples) => samples[round] ?? []))
    .flat()
    .slice(0, count);
}

/** Where a phantom's finding lies; unknown for a film. */
export function regionsOf(sample: Sample): ReportExplanation['region'] {
  return sample.meta?.['cobbAngle'] === undefined ? undefined : phantomTruth(sample).region;
}

interface Run {
  readonly options: Options;
  readonly recipe: Recipe;
  readonly films: number;
  readonly training: number;
  readonly seconds: number;
}

/** What was run, for the report and for metrics.json. */
export function runRecord({ options, recipe, films, training, seconds }: Run): Record<string, RunValue> {
  const version = (name: string) =>
    (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
  return {
    seed: options.seed,
    data: options.data ?? 'phantoms',
    'unreadable films': options.onError,
    films,
    split: { ratios: [...recipe.ratios], seed: options.seed },
    'training films after augmentation': training,
    augmentation: plain(augmentDefaults),
    backend: options.backend,
    ...(options.threads !== undefined && { threads: options.threads }),
    network: plain({ ...buildBackboneDefaults, endBlock: backboneFacts('xception').blocks, ...recipe.network }),
    'initial weights':
      options.weights === undefined ? recipe.weightsFrom : `${basename(options.weights)}, ${recipe.weightsFrom}`,
    stages: plain(
      Object.fromEntries(
        recipe.stages.map(({ name, unfreeze, ...rest }) => [
          name,
          { unfrozen: typeof unfreeze === 'string' ? unfreeze : `from ${unfreeze.from}`, ...rest },
        ]),
      ),
    ),
    'batch size': recipe.batchSize,
    explanation: { masker: recipe.masker.name, evaluations: recipe.evaluations },
    'duration in seconds': Math.round(seconds),
    versions: {
      'spine-xray-ml': version('spine-xray-ml'),
      '@tensorflow/tfjs-core': version('@tensorflow/tfjs-core'),
      '@tensorflow/tfjs-layers': version('@tensorflow/tfjs-layers'),
      node: process.version,
    },
  };
}

const plain = (value: object) => JSON.parse(JSON.stringify(value)) as RunValue;
