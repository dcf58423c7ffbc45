import '@tensorflow/tfjs-backend-wasm';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  buildXception,
  cacheImages,
  constantMasker,
  fineTune,
  loadWeights,
  mapImages,
  metrics,
  PartitionExplainer,
  predictDataset,
  preprocess,
  readSafetensors,
  splitDataset,
  useBackend,
  type Explanation,
} from 'spine-xray-ml';
import { phantomClasses, phantomDataset } from 'spine-xray-ml/phantom';
import { phantomNetwork } from '../../examples/support/recipe.js';
import { filmOf, oneOfEach } from './films.js';
import { blocksOf, recordedFile, type Recorded, type RecordedExplanation } from './recorded.js';

const seed = 1;
const classes = [...phantomClasses];

/** Trains the quickstart's network on a few hundred phantoms, explains one film of each class, and keeps what came of it. */
export async function record(): Promise<void> {
  await useBackend('wasm');
  const films = cacheImages(mapImages(phantomDataset({ seed, total: 360 }), (image) => preprocess(image)));
  const { train, validation, test } = splitDataset(films, { seed, ratios: [6, 2, 4] });

  const model = buildXception({ classes, seed, ...phantomNetwork, head: { dense: [], dropout: 0.2 } });
  const weights = readFileSync(new URL('../../examples/weights/phantom-xception.safetensors', import.meta.url));
  loadWeights(model, readSafetensors(weights), { strict: false });
  const history = await fineTune(
    model,
    { train, validation },
    {
      seed,
      stages: [
        { name: 'transfer learning', unfreeze: 'head', epochs: 20, learningRate: 3e-3 },
        { name: 'fine tuning', unfreeze: { from: 'block9_sepconv1_act' }, epochs: 4, learningRate: 1e-4 },
      ],
      onEpoch: ({ stage, epoch, validationLoss }) => console.log(stage, epoch, validationLoss.toFixed(3)),
    },
  );
  const confusion = metrics.confusionMatrix(await predictDataset(model, test));
  console.log(confusion.counts);

  // Blurred, every phantom looks curved to this network; black does not.
  const explainer = new PartitionExplainer(model, { masker: constantMasker(0), classes });
  const explanations: RecordedExplanation[] = [];
  for (const film of oneOfEach) {
    const sample = filmOf(film);
    explanations.push(
      recordedOf(film, await explainer.explain(await sample.load(), { maxEvaluations: 400, outputs: [sample.label!] })),
    );
  }
  const recorded: Recorded = { history, confusion, explanations };
  writeFileSync(recordedFile, `${JSON.stringify(recorded, rounded)}\n`);
}

function recordedOf(film: number, explanation: Explanation): RecordedExplanation {
  const { values, outputNames, baseValues, outputValues, evaluations } = explanation;
  const [height, width, channels] = values.shape as [number, number, number, number];
  const sums = Float64Array.from({ length: height * width }, (_, pixel) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += values.get(Math.floor(pixel / width), pixel % width, channel, 0);
    }
    return Number(sum.toPrecision(5));
  });
  console.log(outputNames[0], baseValues[0], '→', outputValues[0]);
  return {
    film,
    outputName: outputNames[0]!,
    baseValue: baseValues[0]!,
    outputValue: outputValues[0]!,
    evaluations,
    blocks: blocksOf(sums, width),
  };
}

/** Numbers to five digits. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
