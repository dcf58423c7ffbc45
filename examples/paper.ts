/**
 * The paper's twelve steps, end to end, in the order that does not leak: the films are divided before they are
 * augmented, so that no test film has a copy in training.
 *
 *   npm run quickstart                                                  on synthetic films, with small embedded weights
 *   npm run quickstart -- --data <folder> --weights <safetensors>       on your films, one folder per class
 *   npm run quickstart -- --predict <folder>                            classify new films with the model just trained
 *
 * Research software, not for diagnosis.
 */
import { join } from 'node:path';
import {
  augmentDataset,
  buildXception,
  cacheImages,
  classNames,
  fineTune,
  loadWeights,
  mapImages,
  metrics,
  PartitionExplainer,
  predictDataset,
  preprocess,
  selectClasses,
  splitDataset,
  type Predictions,
} from 'spine-xray-ml';
import { folderHandler, imageFiles } from 'spine-xray-ml/node';
import { createReport, type ReportStage } from 'spine-xray-ml/report';
import { startBackend } from './support/backend.js';
import { checkBackbone } from './support/backbone.js';
import { loadModel, noteTraining, trainedOn } from './support/model.js';
import { explainingErrors } from './support/errors.js';
import { readOptions, type Options } from './support/options.js';
import { predictionTable, prepareOutputs, writeOutputs } from './support/outputs.js';
import { chooseRecipe, type Recipe } from './support/recipe.js';
import { readAll } from './support/reading.js';
import { percentWithInterval, regionsOf, runRecord, spread } from './support/summary.js';
import { bar, line } from './support/terminal.js';

const began = performance.now();
await explainingErrors(async () => {
  const options = readOptions();
  const recipe = await chooseRecipe(options);
  await startBackend(options.backend, options.threads);
  line(`spine-xray-ml on the ${options.backend} backend, seed ${options.seed}. Research software, not for diagnosis.`);
  if (options.predict === undefined || options.data !== undefined) await train(options, recipe);
  if (options.predict !== undefined) await predict(options, options.predict);
});

async function train(options: Options, recipe: Recipe): Promise<void> {
  const { seed, out } = options;
  await prepareOutputs(out);

  // 1 Collect: folders of films, or phantoms.
  const films = await recipe.collect();
  const classes = options.classes ?? classNames(films.dataset);

  // 5 Choose the task: three classes, or two of them.
  const task = selectClasses(films.dataset, classes);
  line(`1 collected ${task.length} ${films.kind}: ${classes.join(', ')}`);

  // 2 Preprocess: 224×224, min–max (formulas 1 and 2); each film is read once, here, so that a bad one is met early.
  const ready = cacheImages(mapImages(task, (image) => preprocess(image)));
  const progress = bar();
  await readAll(ready, progress);

  // 4 Divide, before anything is copied: stratified, no patient in two parts.
  const split = splitDataset(ready, { seed, ratios: recipe.ratios });

  // 3 Augment the training part alone (formulas 3 to 7); its copies are drawn when they are read.
  const training = augmentDataset(split.train, {
    seed,
    total: options.total ?? Math.max(split.train.length, recipe.total),
  });
  line(
    `4 divided into ${split.train.length} training, ${split.validation.length} validation and ${split.test.length} test films`,
  );
  line(`3 augmented the training films to ${training.length}`);

  // 6 Build Xception with what it already knows, and a new head (Fig. 2).
  const model = buildXception({ classes, seed, ...recipe.network });
  const report = loadWeights(model, await recipe.weights(), { strict: false });
  checkBackbone(model, report);
  line(
    `6 built Xception: ${model.countParams().toLocaleString('en')} parameters, ${report.matched.length} tensors ${recipe.weightsFrom}`,
  );

  // 7 and 9 Transfer learning, then fine tuning. 8 After each, validate and test, on originals.
  const stages: (ReportStage & { test: Predictions; validation: Predictions })[] = [];
  const history = await fineTune(
    model,
    { train: training, validation: split.validation },
    {
      seed,
      stages: recipe.stages,
      batchSize: recipe.batchSize,
      cache: recipe.cache,
      onCache: ({ stage, done, total }) => progress.show(`${stage}: frozen layers`, done, total),
      onBatch: ({ stage, epoch, batch, batches, loss }) =>
        progress.show(`${stage}: epoch ${epoch}, loss ${loss.toFixed(3)}`, batch, batches),
      onStage: async ({ name, bestEpoch }) => {
        const show = (what: string) => ({
          onProgress: ({ done, total }: { done: number; total: number }) => progress.show(what, done, total),
        });
        const validation = await predictDataset(model, split.validation, show(`${name}: validation`));
        const test = await predictDataset(model, split.test, show(`${name}: test`));
        const unfreeze = recipe.stages.find((stage) => stage.name === name)?.unfreeze;
        stages.push({ name, validation, test, ...(unfreeze && { unfreeze }) });
        progress.clear();
        line(
          `${stages.length === 1 ? '7' : '9'} ${name}: best epoch ${bestEpoch}, validation ${percentWithInterval(validation)}, test ${percentWithInterval(test)}`,
        );
      },
    },
  );
  const final = stages.at(-1)!;

  // 10 Explain four test films by SHAP's partition explainer (formula 8).
  const explainer = new PartitionExplainer(model, { masker: recipe.masker, classes });
  const explanations = [];
  for (const [index, sample] of spread(split.test, 4).entries()) {
    const explanation = await explainer.explain(await sample.load(), {
      maxEvaluations: recipe.evaluations,
      batchSize: recipe.batchSize,
      onProgress: ({ done, total }) => progress.show(`explaining film ${index + 1} of 4`, done, total),
    });
    const region = regionsOf(sample);
    explanations.push({
      id: sample.id,
      ...(sample.label !== undefined && { label: sample.label }),
      explanation,
      ...(region && { region }),
    });
  }
  progress.clear();
  line(
    `10 explained ${explanations.length} test films with ${explanations[0]?.explanation.evaluations ?? 0} evaluations each`,
  );

  // 12 Show: one report, the numbers, and the model itself.
  const run = runRecord({
    options,
    recipe,
    films: films.dataset.length,
    training: training.length,
    seconds: (performance.now() - began) / 1000,
  });
  const html = await createReport({
    title: `Xception on ${films.kind}`,
    parts: { training: split.train, validation: split.validation, test: split.test },
    skipped: films.skipped,
    model,
    history,
    stages,
    explanations,
    run,
  });
  noteTraining(model, films.kind);
  await model.save(folderHandler(join(out, 'model')));
  await writeOutputs(out, { html, stages, history, run });
  line(`12 wrote ${join(out, 'report.html')}, model/, metrics.json and predictions.json`);
  line(
    `Test accuracy ${percentWithInterval(final.test)} on ${final.test.ids.length} films, after ${Math.round((performance.now() - began) / 1000)} s.`,
  );
  line(
    metrics
      .confusionMatrix(final.test)
      .counts.map(
        (row, index) =>
          `  ${(classes[index] ?? '').padEnd(20)}${row.map((count) => String(count).padStart(5)).join('')}`,
      )
      .join('\n'),
  );
}

/** Classifies every image under a folder with the model trained here, or with the one given. */
async function predict(options: Options, folder: string): Promise<void> {
  const model = await loadModel(options);
  if (trainedOn(model) === 'phantoms')
    line('This model was trained on phantoms: what it says of real films means nothing.');
  const [, height, width, channels] = model.inputs[0]?.shape as [null, number, number, 1 | 3];
  const films = await imageFiles(folder, {
    onError: options.onError,
    onSkip: ({ file, error }) => line(`left out ${file}: ${error.message}`),
  });
  const progress = bar();
  const predictions = await predictDataset(
    model,
    mapImages(films, (image) => preprocess(image, { size: [height, width], channels })),
    { onProgress: ({ done, total }) => progress.show('predicting', done, total) },
  );
  progress.clear();
  const file = await predictionTable(options.out, predictions);
  model.dispose();
  line(`Classified ${films.length} images into ${file}`);
}
