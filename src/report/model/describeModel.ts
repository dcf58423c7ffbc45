import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { checked, type Rule } from '../../options.js';
import type { ConnectedLayer, ModelDescription } from './description.js';
import { groupLayers } from './groupLayers.js';

/**
 * Reads a model's layers and groups them into the blocks of its architecture: Xception's into entry, middle and exit
 * flow (Fig. 2), other backbones' by the block numbers in their layer names, the head's one by one.
 *
 * @throws SpineError `invalid-argument` for what is no model of tfjs layers.
 */
export function describeModel(model: LayersModel): ModelDescription {
  checked('model', model, layersModel);
  const layers = flatten(model);
  return { name: model.name, blocks: groupLayers(layers) };
}

const layersModel: Rule<LayersModel> = {
  expects: 'a model of tfjs layers',
  accepts: (given) => Array.isArray((given as Partial<LayersModel> | null)?.layers),
};

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
