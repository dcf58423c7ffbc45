import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { backboneFacts, backboneNames, buildBackbone, createRandom, type Stage } from 'spine-xray-ml';
import { readGraph } from '../../../src/network/graph.js';
import { takeStep } from '../../../src/training/loop/step.js';
import { planStage } from '../../../src/training/plan/plan.js';
import { waves } from '../../support/waves.js';
import { batchOf, labelledCrossEntropy, lossOnly } from '../support.js';

/** A layer as it occurs in the backbones, but for its width. Plain data. */
export interface LayerCase {
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly batchNorm: 'frozen' | 'trained';
}

/** Gradients of the loss, by what they are of. Plain data. */
export type Gradients = Readonly<Record<string, readonly number[]>>;

const { layers } = tfl;
const factories: Readonly<Record<string, (config: never) => tfl.layers.Layer>> = {
  Activation: layers.activation,
  AveragePooling2D: layers.averagePooling2d,
  BatchNormalization: layers.batchNormalization,
  Conv2D: layers.conv2d,
  Cropping2D: layers.cropping2D,
  Dense: layers.dense,
  DepthwiseConv2D: layers.depthwiseConv2d,
  Dropout: layers.dropout,
  GlobalAveragePooling2D: layers.globalAveragePooling2d,
  MaxPooling2D: layers.maxPooling2d,
  ReLU: layers.reLU,
  Rescaling: layers.rescaling,
  SeparableConv2D: layers.separableConv2d,
  ZeroPadding2D: layers.zeroPadding2d,
};

/** Layers of several inputs or of none, and those that only give values another shape. */
const notOnTheirOwn: ReadonlySet<string> = new Set([
  'Add',
  'Concatenate',
  'Flatten',
  'InputLayer',
  'Multiply',
  'Reshape',
]);

const geometry = [
  'kernelSize',
  'strides',
  'padding',
  'dataFormat',
  'dilationRate',
  'depthMultiplier',
  'poolSize',
  'cropping',
];
const arithmetic = ['activation', 'useBias', 'axis', 'momentum', 'epsilon', 'center', 'maxValue', 'noiseShape'];

/** Every layer of every backbone once, with and without a bias where it may have one, in both policies of batch norms. */
export function layerCases(): LayerCase[] {
  const cases = new Map<string, LayerCase>();
  const add = (layer: LayerCase): unknown => cases.set(JSON.stringify(layer), layer);
  for (const name of backboneNames) {
    for (const variant of backboneFacts(name).variants) {
      const side = Math.max(32, backboneFacts(name).smallestSide);
      const model = buildBackbone(name, {
        classes: ['a', 'b'],
        seed: 1,
        variant,
        width: 0.125,
        inputShape: [side, side, 3],
        head: { dense: [8], dropout: 0.2 },
      });
      for (const layer of model.layers) {
        const kind = layer.getClassName();
        if (notOnTheirOwn.has(kind)) continue;
        const whole = layer.getConfig();
        const kept = [
          ...geometry,
          ...arithmetic,
          ...(kind === 'BatchNormalization' || kind === 'Rescaling' ? ['scale', 'offset'] : []),
        ];
        const config = Object.fromEntries(
          kept.filter((key) => whole[key] !== undefined).map((key) => [key, whole[key]]),
        );
        if (kind === 'Dropout') config['rate'] = 0.4;
        for (const batchNorm of kind === 'BatchNormalization'
          ? (['frozen', 'trained'] as const)
          : (['frozen'] as const)) {
          if ('useBias' in config)
            [true, false].forEach((useBias) => add({ kind, config: { ...config, useBias }, batchNorm }));
          else add({ kind, config, batchNorm });
        }
      }
      tf.dispose(model.weights.map((weight) => weight.read()));
    }
  }
  return [...cases.values()];
}

/** What a case is, in a line. */
export function nameOf({ kind, config, batchNorm }: LayerCase): string {
  const said = Object.entries(config).filter(
    ([key]) => !['dataFormat', 'dilationRate', 'axis', 'momentum', 'depthMultiplier'].includes(key),
  );
  return `${kind} ${said.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', ')}${kind === 'BatchNormalization' ? `, ${batchNorm}` : ''}`;
}

const samples = 3;
const labels = Int32Array.of(0, 2, 1);
const latent = 4;
const channels = 5;

/**
 * The layer between two dense ones. The first makes its input, a number for each pixel and channel, so that its
 * gradients show the layer's gradient for its input; the last has a gradient of its own for each number of the output.
 */
export function modelOf({ kind, config }: LayerCase): tfl.LayersModel {
  const factory = factories[kind];
  if (factory === undefined) throw new Error(`Say in gradientCases.ts how to make a ${kind}.`);
  const shape = inputShapeOf(kind, config);
  const size = shape.reduce((product, side) => product * side, 1);
  const filters =
    kind === 'Conv2D' || kind === 'SeparableConv2D' ? { filters: 6 } : kind === 'Dense' ? { units: 6 } : {};
  const on = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor) => layer.apply(x) as tfl.SymbolicTensor;
  const start = tfl.input({ shape: [latent] });
  const image = on(layers.reshape({ targetShape: shape }), on(layers.dense({ name: 'before', units: size }), start));
  const output = on(factory({ name: 'between', ...config, ...filters } as never), image);
  const end = on(
    layers.dense({ name: 'after', units: 3, activation: 'softmax' }),
    output.shape.length > 2 ? on(layers.flatten(), output) : output,
  );
  const model = tfl.model({ inputs: start, outputs: end });
  // What a rescaling makes of its input would saturate the softmax.
  const amplified = typeof config['scale'] === 'number' ? Math.max(1, config['scale']) : 1;
  for (const weight of model.weights) {
    const name = weight.originalName;
    tf.tidy(() => {
      const values = waves(
        weight.shape as number[],
        [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0),
      );
      const incoming =
        weight.shape.length > 1 ? weight.shape.slice(0, -1).reduce<number>((product, side) => product * side!, 1) : 1;
      const scale = (name === 'after/kernel' ? 1 / amplified : 1) / Math.sqrt(incoming);
      weight.write(/variance|gamma/.test(name) ? tf.add(tf.abs(values), 0.5) : tf.mul(values, scale));
    });
  }
  return model;
}

/** A few windows in each direction, with something left over; odd, and not square. */
function inputShapeOf(kind: string, config: Readonly<Record<string, unknown>>): number[] {
  if (kind === 'Dense') return [7];
  const sides = (key: string) => (config[key] as number[] | undefined) ?? [1, 1];
  const [window, strides] = [
    config['poolSize'] === undefined ? sides('kernelSize') : sides('poolSize'),
    sides('strides'),
  ];
  const depth = Array.isArray(config['offset']) ? config['offset'].length : channels;
  return [...window.map((side, axis) => side + 2 * strides[axis]! + 1 + axis), depth];
}

/** Numbers that no symmetry makes vanish. */
/** The gradients that training uses, on the current backend. */
export async function trainingGradients(layer: LayerCase): Promise<Gradients> {
  return withModel(layer, (model, images) => {
    const stage: Stage = { name: 'all', unfreeze: 'all', epochs: 1, learningRate: 1, batchNorm: layer.batchNorm };
    const graph = readGraph(model);
    const plan = planStage(graph, model, stage, { takes: 'logits' });
    const { loss, gradients } = takeStep(
      plan,
      lossOnly((logits) => labelledCrossEntropy(logits, labels)),
      batchOf(new Map([[graph.input, images]])),
      createRandom(1),
    );
    return { loss, ...Object.fromEntries(plan.variables.map((variable, index) => [variable.name, gradients[index]!])) };
  });
}

/** The gradients that tfjs composes for the model by itself, on the current backend. */
export async function composedGradients(layer: LayerCase): Promise<Gradients> {
  // tfjs fails at the gradient of a batch norm without gamma: it gets one that changes nothing.
  const isUnscaled = layer.kind === 'BatchNormalization' && layer.config['scale'] === false;
  const composable = isUnscaled ? { ...layer, config: { ...layer.config, scale: true } } : layer;
  const gradients = await withModel(composable, (model, images) => {
    if (isUnscaled)
      tf.tidy(
        () =>
          void model.weights.find(({ originalName }) => originalName === 'between/gamma')?.write(tf.ones([channels])),
      );
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const { value, grads } = tf.variableGrads(() => {
      const probabilities = model.apply(images, { training: layer.batchNorm === 'trained' }) as tf.Tensor;
      return tf.mean(labelledCrossEntropy(tf.log(probabilities), labels));
    }, variables);
    return { loss: value, ...grads };
  });
  return Object.fromEntries(Object.entries(gradients).filter(([name]) => !(isUnscaled && name === 'between/gamma')));
}

async function withModel(
  layer: LayerCase,
  gradientsOf: (model: tfl.LayersModel, images: tf.Tensor) => tf.NamedTensorMap,
): Promise<Gradients> {
  const model = modelOf(layer);
  const images = waves([samples, latent], 5);
  const gradients = tf.tidy(() => gradientsOf(model, images));
  try {
    // The names that variables have now count up from one model to the next.
    const names = new Map(model.trainableWeights.map(({ name, originalName }) => [name, originalName]));
    const read = Object.entries(gradients).map(
      async ([name, tensor]) => [names.get(name) ?? name, Array.from(await tensor.data())] as const,
    );
    return Object.fromEntries(await Promise.all(read));
  } finally {
    tf.dispose([images, gradients, model.weights.map((weight) => weight.read())]);
  }
}

/** The largest difference of a gradient, in the Euclidean norm, relative to the gradient; infinite where one is none. */
export function farthest(actual: Gradients, expected: Gradients): { readonly error: number; readonly name: string } {
  const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  const errors = Object.entries(expected).map(([name, values]) => {
    const error = norm(values.map((value, index) => value - (actual[name]?.[index] ?? NaN))) / norm(values);
    return { name, error: Number.isNaN(error) ? Infinity : error };
  });
  return errors.reduce((a, b) => (b.error > a.error ? b : a));
}
