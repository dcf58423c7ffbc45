import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { groupLayers } from './groupLayers.js';

/** One layer, as data. */
export interface LayerDescription {
  readonly name: string;
  /** Class name, such as 'SeparableConv2D'. */
  readonly type: string;
  /** With the batch axis first; null where an axis is free. */
  readonly outputShape: readonly (number | null)[];
  /** Numbers the layer holds in all. */
  readonly parameters: number;
  /** Of these, moving statistics, which no gradient trains. Default 0. */
  readonly statistics?: number;
  /** What else to say of it: '128 units, relu'. */
  readonly detail?: string;
  /** Place in the order in which the model calls its layers. Default: as listed. */
  readonly order?: number;
}

/** Layers that are drawn as one box. */
export interface ModelBlock {
  readonly name: string;
  readonly detail?: string;
  /** Whether the block belongs to the classifier on top of the backbone: what a 'head' stage trains. Default false. */
  readonly head?: boolean;
  readonly layers: readonly LayerDescription[];
}

/** A model, as data: what the report draws. */
export interface ModelDescription {
  readonly name?: string;
  readonly blocks: readonly ModelBlock[];
}

/**
 * Reads a model's layers and groups them into the blocks of its architecture: Xception's into entry, middle and exit
 * flow (Fig. 2), other backbones' by the block numbers in their layer names, the head's one by one.
 */
export function describeModel(model: LayersModel): ModelDescription {
  const layers = flatten(model);
  return { name: model.name, blocks: groupLayers(layers) };
}

/** A layer with the names of the layers it reads from. */
export interface ConnectedLayer extends LayerDescription {
  readonly inputs: readonly string[];
}

type TfLayer = layers.Layer;

function flatten(model: LayersModel, first = 0): ConnectedLayer[] {
  const described: ConnectedLayer[] = [];
  for (const layer of model.layers) {
    const inner = (layer as Partial<LayersModel>).layers;
    if (inner === undefined) described.push(describeLayer(layer, first + described.length));
    else described.push(...flatten(layer as unknown as LayersModel, first + described.length));
  }
  return described;
}

function describeLayer(layer: TfLayer, order: number): ConnectedLayer {
  const sizes = layer.weights.map((weight) => ({
    moving: /moving_(mean|variance)/.test(weight.originalName),
    size: weight.shape.reduce<number>((product, axis) => product * (axis ?? 1), 1),
  }));
  const sum = (some: typeof sizes) => some.reduce((total, { size }) => total + size, 0);
  const detail = layerDetail(layer);
  return {
    name: layer.name,
    type: layer.getClassName(),
    outputShape: firstShape(layer.outputShape),
    parameters: sum(sizes),
    statistics: sum(sizes.filter(({ moving }) => moving)),
    order,
    inputs: layer.inboundNodes.flatMap((node) => node.inboundLayers.map((input) => input.name)),
    ...(detail === '' ? {} : { detail }),
  };
}

function firstShape(shape: TfLayer['outputShape']): readonly (number | null)[] {
  const first = shape[0];
  return Array.isArray(first) ? first : (shape as (number | null)[]);
}

function layerDetail(layer: TfLayer): string {
  const config = layer.getConfig();
  const words: string[] = [];
  if (typeof config['units'] === 'number') words.push(`${config['units']} units`);
  if (typeof config['rate'] === 'number') words.push(`rate ${config['rate']}`);
  if (typeof config['activation'] === 'string' && config['activation'] !== 'linear') words.push(config['activation']);
  return words.join(', ');
}
