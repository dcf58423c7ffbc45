import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { metrics, SpineError, type History, type Predictions } from 'spine-xray-ml';
import { writeFileAtomic } from 'spine-xray-ml/node';

interface StageResults {
  readonly name: string;
  readonly validation: Predictions;
  readonly test: Predictions;
}

interface Outputs {
  readonly html: string;
  readonly stages: readonly StageResults[];
  readonly history: History;
  readonly run: object;
}

/** Makes the folder for results, before any work whose results it must hold. */
export async function prepareOutputs(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new SpineError(
      'write-failed',
      `Results cannot be written to ${folder}: it is no folder, or may not be written to. Choose another with --out.`,
      { cause },
    );
  }
}

/** Writes report.html, metrics.json and predictions.json. */
export async function writeOutputs(folder: string, { html, stages, history, run }: Outputs): Promise<void> {
  const final = stages.at(-1)!;
  await writeFileAtomic(join(folder, 'report.html'), html);
  await writeJson(join(folder, 'metrics.json'), {
    test: measure(final.test),
    validation: measure(final.validation),
    stages: stages.map(({ name, validation, test }) => ({
      name,
      validation: measure(validation),
      test: measure(test),
    })),
    history,
    run,
  });
  await writeJson(join(folder, 'predictions.json'), {
    classes: final.test.classes,
    test: rows(final.test),
    validation: rows(final.validation),
  });
}

/** Writes predict.csv: each file, its most probable class, and the probability of every class. */
export async function predictionTable(folder: string, predictions: Predictions): Promise<string> {
  const { classes } = predictions;
  const lines = rows(predictions).map(({ id, predicted, probabilities }) => [
    id,
    predicted,
    ...probabilities.map((p) => p.toFixed(6)),
  ]);
  const file = join(folder, 'predict.csv');
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(
    file,
    [['file', 'predicted', ...classes], ...lines].map((cells) => cells.map(quoted).join(',')).join('\n') + '\n',
  );
  return file;
}

function measure(predictions: Predictions): object {
  const report = metrics.classificationReport(predictions);
  const n = predictions.ids.length;
  return {
    ...report,
    n,
    accuracyInterval95: metrics.wilson(Math.round(report.accuracy * n), n),
    confusionMatrix: metrics.confusionMatrix(predictions),
  };
}

function rows(predictions: Predictions) {
  const { classes, ids, truth, probabilities } = predictions;
  const best = metrics.predictedClasses(predictions);
  return ids.map((id, row) => ({
    id,
    truth: classes[truth[row]!] ?? null,
    predicted: classes[best[row]!]!,
    probabilities: classes.map((_, column) => probabilities.get(row, column)),
  }));
}

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function writeJson(file: string, value: object): Promise<void> {
  return writeFileAtomic(file, JSON.stringify(value, null, 1) + '\n');
}
