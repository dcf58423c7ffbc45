import { plural } from '../format.js';
import type { ConnectedLayer, LayerDescription, ModelBlock } from './description.js';

/** Blocks of a model's layers, in the order of the data: input, backbone, head. */
export function groupLayers(layers: readonly ConnectedLayer[]): ModelBlock[] {
  const headStart = findHead(layers);
  const backbone = layers.slice(0, headStart);
  const head = layers.slice(headStart);
  const firstWeights = backbone.findIndex((layer) => layer.parameters > 0);
  const inputEnd = firstWeights < 0 ? backbone.length : firstWeights;
  const input = backbone.slice(0, inputEnd);
  return [
    ...(input.length === 0 ? [] : [block('Input', input)]),
    ...groupBackbone(backbone.slice(inputEnd)),
    ...head.map(headBlock),
  ];
}

/** The head is what comes after the last feature map, as a stage that unfreezes the 'head' takes it. */
function findHead(layers: readonly ConnectedLayer[]): number {
  return 1 + layers.reduce((last, layer, index) => (layer.outputShape.length > 2 ? index : last), -1);
}

function groupBackbone(layers: readonly ConnectedLayer[]): ModelBlock[] {
  if (layers.length === 0) return [];
  const numbers = blockNumbers(layers);
  const xception = layers.some((layer) => /^block\d+_sepconv/.test(layer.name));
  const nameOf = xception ? xceptionFlow : (number: number) => `Block ${number}`;

  const groups = new Map<string, { readonly numbers: Set<number>; readonly layers: ConnectedLayer[] }>();
  layers.forEach((layer, index) => {
    const number = numbers[index]!;
    const name = nameOf(number);
    const group = groups.get(name) ?? { numbers: new Set<number>(), layers: [] };
    group.numbers.add(number);
    group.layers.push(layer);
    groups.set(name, group);
  });
  // More boxes than a figure can hold, or no block numbers at all: one box says as much.
  if (groups.size > 20 || numbers.every((number) => number === 0)) return [block('Backbone', layers)];
  return [...groups].map(([name, group]) =>
    block(name, group.layers, xception ? blockRange(group.numbers) : undefined),
  );
}

function xceptionFlow(number: number): string {
  if (number <= 4) return 'Entry flow';
  return number <= 12 ? 'Middle flow' : 'Exit flow';
}

function blockRange(numbers: ReadonlySet<number>): string {
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  return low === high ? `block ${low}` : `blocks ${low}–${high}`;
}

/**
 * The block each layer belongs to, from the number in its name. A layer without one (Xception's shortcuts, sums) has
 * that of the layer it feeds, and a sum the highest of those it adds; what comes to nothing keeps its neighbour's.
 */
function blockNumbers(layers: readonly ConnectedLayer[]): number[] {
  const places = new Map(layers.map((layer, index) => [layer.name, index]));
  const consumers = layers.map((layer) => layers.findIndex((other) => other.inputs.includes(layer.name)));
  const named = layers.map((layer) => numberInName(layer.name));

  const resolve = (index: number): number | undefined => {
    const layer = layers[index];
    if (layer === undefined) return undefined;
    const own = named[index];
    if (own !== undefined) return own;
    if (layer.inputs.length > 1) {
      const merged = layer.inputs.map((name) => named[places.get(name) ?? -1] ?? 0);
      return Math.max(...merged) || undefined;
    }
    return resolve(consumers[index]!);
  };
  let previous = 0;
  return layers.map((_, index) => (previous = resolve(index) ?? previous));
}

/** 5 of 'block5_sepconv1', 'conv5_block2_1_conv', 'block5a_expand_conv', 'conv_dw_5', 'pool5_conv'. */
function numberInName(name: string): number | undefined {
  const found = /^(?!conv2d_)(?:block|conv|pool)(\d+)[a-z]?_|^conv_(?:dw|pw|pad)_(\d+)/.exec(name);
  return found === null ? undefined : Number(found[1] ?? found[2]);
}

function block(name: string, layers: readonly ConnectedLayer[], range?: string): ModelBlock {
  const detail = [range, ...contents(layers)].filter((part) => part !== undefined).join(' · ');
  return { name, ...(detail === '' ? {} : { detail }), layers: layers.map(withoutInputs) };
}

function headBlock(layer: ConnectedLayer): ModelBlock {
  const softmax = layer.detail?.includes('softmax') === true || layer.type === 'Softmax';
  const name = softmax ? 'Softmax' : (headNames[layer.type] ?? layer.type);
  const detail = softmax ? `dense, ${plural(layer.outputShape.at(-1) ?? 0, 'class', 'classes')}` : layer.detail;
  return { name, head: true, ...(detail === undefined ? {} : { detail }), layers: [withoutInputs(layer)] };
}

const headNames: Readonly<Record<string, string | undefined>> = {
  GlobalAveragePooling2D: 'Global average pooling',
  GlobalMaxPooling2D: 'Global max pooling',
  BatchNormalization: 'Batch normalization',
};

const counted: readonly (readonly [type: RegExp, singular: string])[] = [
  [/^Conv2D$/, 'convolution'],
  [/^SeparableConv2D$/, 'separable convolution'],
  [/^DepthwiseConv2D$/, 'depthwise convolution'],
  [/^MaxPooling2D$/, 'max pooling'],
  [/^AveragePooling2D$/, 'average pooling'],
  [/^Add$/, 'residual sum'],
  [/^Concatenate$/, 'concatenation'],
  [/^Rescaling$/, 'rescaling'],
];

function contents(layers: readonly ConnectedLayer[]): string[] {
  return counted.flatMap(([type, singular]) => {
    const number = layers.filter((layer) => type.test(layer.type)).length;
    return number === 0 ? [] : [plural(number, singular)];
  });
}

function withoutInputs({ inputs: _, ...layer }: ConnectedLayer): LayerDescription {
  return layer;
}
