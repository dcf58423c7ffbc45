import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import { letEventsHappen } from '../async.js';
import { checkImage, shapeOf, type Image } from '../image/index.js';
import { spreadCredits } from './attribution.js';
import { explainOptions, type ExplainOptions, type Explanation } from './explanation.js';
import { MaskedImage } from './maskedImage.js';
import type { Masker } from './masker.js';
import { checkClasses, checkSelection, selectedIndices } from './outputs.js';
import { owenCredits } from './owen.js';
import { exactEvaluations, partitionTree, wholeImage, type ImageShape } from './partition.js';
import { realImage } from './pixels.js';
import { checkInputShape, predictorOf, type PredictFn, type Predictor } from './predictor.js';
import { join, type Region } from './region.js';
import { ndarrayOf } from '../ndarray.js';
import { names, objectWith, optionsOf, required } from '../options.js';

/** What a {@link PartitionExplainer} is made with. */
export interface PartitionExplainerOptions {
  /** What stands in for hidden parts of an image. */
  readonly masker: Masker;
  /** Names of all outputs, in their order. Without them outputs are called `output 0` and so on. */
  readonly classes?: readonly string[];
}

export const partitionExplainerOptions = optionsOf<PartitionExplainerOptions>('PartitionExplainer', {
  masker: required(objectWith('a masker: blurMasker, constantMasker or imageMasker', 'background')),
  classes: names,
});

/**
 * Explains predictions by SHAP's Partition Explainer (Owen values over a hierarchical partition of the image; formula 8
 * of the paper): the tree, the budget rule and the credits of `shap.PartitionExplainer` 0.51 with an image masker, so
 * that values can be compared number by number. Where SHAP breaks ties at random, the region that was queued first goes
 * first.
 *
 * The output for a masker's fixed background is computed once per image shape and kept: after a change of the model's
 * weights, make a new explainer.
 */
export class PartitionExplainer {
  private readonly predictor: Predictor;
  private readonly masker: Masker;
  private readonly classes: readonly string[] | undefined;
  /** Outputs for a fixed background, by image shape. */
  private readonly baseOutputs = new Map<string, Float64Array>();

  /**
   * @param predict a model from images [n, height, width, channels] to outputs [n, k], or a function that does the
   *   same.
   * @throws SpineError `model-invalid` if the model has other inputs or outputs; `invalid-argument` if there is no
   *   masker, or unless `classes` are distinct names, one for each output.
   */
  constructor(predict: LayersModel | PredictFn, options: PartitionExplainerOptions) {
    const { masker, classes } = partitionExplainerOptions.check(options);
    this.predictor = predictorOf(predict);
    this.masker = masker;
    this.classes = classes && [...classes];
    if (this.classes) checkClasses(this.classes, this.predictor.outputCount);
  }

  /**
   * Explains one image. Its pixels reach the model as they are, as float32: preprocess first.
   *
   * @param image [height, width, channels].
   * @returns values [height, width, channels, k] that add up to output − base for each output.
   * @throws SpineError, before work starts, `invalid-argument` for an option out of range, `unknown-label` for an
   *   unknown class, `image-shape` if the image does not fit the model or the masker, `image-values` for NaN or
   *   infinite pixels; later `prediction-invalid` if the model's outputs are not [n, k] or not finite. Rejects with
   *   `signal.reason` when aborted.
   */
  async explain(image: Image, options: ExplainOptions = {}): Promise<Explanation> {
    const { outputs, signal, onProgress, ...settings } = explainOptions.check(options);
    const outputCount = this.predictor.outputCount ?? this.classes?.length;
    checkSelection(outputs, this.classes, outputCount);
    signal?.throwIfAborted();
    checkImage(image);
    const shape = shapeOf(image);
    checkInputShape(this.predictor, shape);
    const pixels = realImage(image);
    const background = checkedBackground(this.masker.background(image), shape);

    const masked = new MaskedImage(pixels, background, this.predictor.predict, outputCount);
    try {
      const evaluate = this.reporting(masked, exactOrAffordable(shape, settings), { signal, onProgress });
      const [baseOutputs, fullOutputs] = await this.extremes(shape, evaluate);
      checkSelection(outputs, this.classes, fullOutputs.length);
      const outputIndices = selectedIndices(outputs, this.classes, fullOutputs);
      const select = (outputs: Float64Array) => Float64Array.from(outputIndices, (index) => outputs[index]!);

      const tree = partitionTree(shape);
      const baseValues = select(baseOutputs);
      const outputValues = select(fullOutputs);
      const { credits, evaluations } = await owenCredits({
        tree,
        base: baseValues,
        full: outputValues,
        evaluate: async (regions) => (await evaluate(regions)).map(select),
        ...settings,
      });
      return {
        image,
        values: ndarrayOf(spreadCredits(tree, credits, shape, outputIndices.length), [...shape, outputIndices.length]),
        baseValues,
        outputValues,
        outputNames: outputIndices.map((index) => this.classes?.[index] ?? `output ${index}`),
        outputIndices,
        evaluations,
        ...settings,
        masker: this.masker.name,
      };
    } finally {
      masked.dispose();
    }
  }

  /** Outputs for the background and for the image. */
  private async extremes(shape: ImageShape, evaluate: Evaluate): Promise<[Float64Array, Float64Array]> {
    const whole = join(wholeImage(shape), null);
    const known = this.masker.fixedBackground ? this.baseOutputs.get(shape.join()) : undefined;
    if (known) return [known, (await evaluate([whole], 1))[0]!];
    const [base, full] = (await evaluate([null, whole])) as [Float64Array, Float64Array];
    if (this.masker.fixedBackground) this.baseOutputs.set(shape.join(), base);
    return [base, full];
  }

  /** Evaluation of regions that watches the signal, reports progress, and lets other events happen. */
  private reporting(masked: MaskedImage, total: number, { signal, onProgress }: Watching): Evaluate {
    let done = 0;
    return async (regions, alreadyKnown = 0) => {
      await letEventsHappen();
      signal?.throwIfAborted();
      const outputs = await masked.evaluate(regions);
      done += regions.length + alreadyKnown;
      onProgress?.({ done, total });
      return outputs;
    };
  }
}

/** `alreadyKnown`: evaluations of the budget that need not be made. */
type Evaluate = (regions: readonly Region[], alreadyKnown?: number) => Promise<Float64Array[]>;

/** The evaluations an explanation will make: a budget is rounded up to whole splits. */
function exactOrAffordable(shape: ImageShape, { maxEvaluations, fixedContext }: Settings): number {
  const affordable = 2 * Math.ceil(Math.max(maxEvaluations, 2) / 2);
  return Math.min(affordable, exactEvaluations(shape, fixedContext));
}

type Settings = Required<Pick<ExplainOptions, 'maxEvaluations' | 'batchSize' | 'fixedContext'>>;
type Watching = { readonly [Name in 'signal' | 'onProgress']: ExplainOptions[Name] | undefined };

/** @throws SpineError `image-shape` unless the background has the image's shape. */
function checkedBackground(background: NdArray<Float32Array>, shape: ImageShape): NdArray<Float32Array> {
  if (background.shape.join() !== shape.join()) {
    throw new SpineError(
      'image-shape',
      `The masker's background is [${background.shape.join(', ')}] and the image [${shape.join(', ')}]. They must have the same shape.`,
    );
  }
  return realImage(background);
}
