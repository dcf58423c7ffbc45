// The public types as a strict project meets them.
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  buildXception,
  createRandom,
  fineTune,
  isSpineError,
  metrics,
  predictDataset,
  splitDataset,
  type Dataset,
  type Image,
  type Random,
} from 'spine-xray-ml';
import { classificationReport } from 'spine-xray-ml/metrics';
import { imageFolder } from 'spine-xray-ml/node';
import { phantomDataset } from 'spine-xray-ml/phantom';
import { createReport } from 'spine-xray-ml/report';

const random: Random = createRandom(1, 'consumer');
export const draws: readonly number[] = random.shuffle([1, 2, 3]);
export const why = (error: unknown): string => (isSpineError(error) ? error.code : 'other');

export async function study(directory: string): Promise<{ readonly accuracy: number; readonly page: string }> {
  const films: Dataset = [...(await imageFolder(directory)), ...phantomDataset({ seed: 1, total: 8 })];
  const { train, validation, test } = splitDataset(films, { seed: 1 });
  const model: LayersModel = buildXception({ classes: ['a', 'b'], seed: 1 });
  const history = await fineTune(
    model,
    { train, validation },
    { seed: 1, onEpoch: ({ loss, stage }) => console.log(stage, loss.toFixed(3)) },
  );
  const predictions = await predictDataset(model, test);
  const [first] = test;
  const image: Image | undefined = await first?.load();
  console.log(image?.shape, metrics.wilson(9, 10));
  const page = await createReport({
    parts: { train, validation, test },
    history,
    stages: [{ name: 'all', test: predictions }],
  });
  return { accuracy: classificationReport(predictions).accuracy, page };
}

// @ts-expect-error: a seed is never a default.
createRandom();
