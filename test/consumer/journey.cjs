// The pipeline from files to a report and back from a saved model, small, over whichever form of the package is given.
const assert = require('node:assert/strict');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

/** @param spine the main module. @param tfl tfjs-layers. The rest are the subpaths. */
module.exports = async function journey({ spine, metrics, phantom, report, node, tfl }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-journey-'));
  try {
    await spine.useBackend('cpu');
    const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
    await node.exportFolders({ all: phantom.phantomDataset({ seed: 1, total: 9 }) }, folder);

    // sharp, and csv-parse for the manifest.
    const fromFolders = await node.imageFolder(path.join(folder, 'all'));
    assert.equal(fromFolders.length, 9);
    const side = 48;
    const films = spine.mapImages(fromFolders, (image) => spine.preprocess(image, { size: [side, side] }));

    const model = spine.buildXception({ classes, seed: 2, inputShape: [side, side, 3], width: 0.125, endBlock: 2 });
    const stages = [{ name: 'head', unfreeze: 'head', epochs: 1, learningRate: 1e-2 }];
    const history = await spine.fineTune(model, { train: films, validation: films }, { seed: 3, stages });
    const predictions = await spine.predictDataset(model, films);
    assert.equal(
      metrics.classificationReport(predictions).accuracy,
      spine.metrics.classificationReport(predictions).accuracy,
    );

    const explainer = new spine.PartitionExplainer(model, { masker: spine.constantMasker(0), classes });
    const explanation = await explainer.explain(await films[0].load(), { maxEvaluations: 8 });
    const attributed = explanation.values.data.reduce((sum, value) => sum + value, 0);
    const difference = (values) => values.reduce((sum, value) => sum + value, 0);
    const expected = difference(explanation.outputValues) - difference(explanation.baseValues);
    assert.ok(Math.abs(attributed - expected) < 1e-5, `values sum to ${attributed}, not ${expected}`);

    // vega, vega-lite and fast-png.
    const page = await report.createReport({
      parts: { all: films },
      history,
      stages: [{ name: 'head', test: predictions }],
      explanations: [{ explanation, id: films[0].id }],
    });
    assert.match(page, /<svg/);
    assert.match(page, /data:image\/png;base64,/);

    await model.save(node.folderHandler(path.join(folder, 'model')));
    const loaded = await tfl.loadLayersModel(node.folderHandler(path.join(folder, 'model')));
    const again = await spine.predictDataset(loaded, films);
    assert.deepEqual([...again.probabilities.data], [...predictions.probabilities.data]);

    await assert.rejects(
      async () => node.imageFolder(path.join(folder, 'nowhere')),
      (error) => error instanceof spine.SpineError && spine.isSpineError(error, 'file-missing'),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
