import { classVariables, type FindLayer } from './kerasVariables.js';
import { classLayerName, numberedName } from '../../layerNames.js';

interface Layer {
  readonly class_name: string;
  readonly config: {
    readonly name: string;
    readonly layers?: readonly Layer[];
    readonly scale?: boolean;
    readonly center?: boolean;
  };
}

/** Finds layers in the `config.json` of a `.keras` file; undefined if it describes no model of layers. */
export function layerFinder(config: unknown): FindLayer | undefined {
  if (!isModel(config)) return undefined;
  return (groups) => {
    const models: string[] = [];
    let layers: readonly Layer[] | undefined = config.config.layers;
    for (const [depth, group] of groups.entries()) {
      const layer = layers && nthOfClass(layers, group);
      if (!layer) return undefined;
      if (depth === groups.length - 1) return { models, layer: layer.config.name, variables: variablesOf(layer) };
      models.push(layer.config.name);
      layers = layer.config.layers;
    }
    return undefined;
  };
}

/** The layer of a group such as `conv2d_7`: the eighth of its class. */
function nthOfClass(layers: readonly Layer[], group: string): Layer | undefined {
  // The name of a class may itself end in a number.
  const exact = layers.filter(({ class_name }) => classLayerName(class_name) === group);
  if (exact.length > 0) return exact[0];
  const { base, number } = numberedName(group);
  return layers.filter(({ class_name }) => classLayerName(class_name) === base)[number];
}

function variablesOf({ class_name, config }: Layer): (count: number) => readonly string[] | undefined {
  const name = classLayerName(class_name);
  if (name !== 'batch_normalization') return classVariables.get(name) ?? (() => undefined);
  const variables = [
    ...(config.scale === false ? [] : ['gamma']),
    ...(config.center === false ? [] : ['beta']),
    'moving_mean',
    'moving_variance',
  ];
  return (count) => (count === variables.length ? variables : undefined);
}

function isModel(value: unknown): value is Layer {
  return isLayer(value) && value.config.layers !== undefined;
}

function isLayer(value: unknown): value is Layer {
  if (typeof value !== 'object' || value === null) return false;
  const { class_name: className, config } = value as Record<string, unknown>;
  if (typeof className !== 'string' || typeof config !== 'object' || config === null) return false;
  const { name, layers } = config as Record<string, unknown>;
  return typeof name === 'string' && (layers === undefined || (Array.isArray(layers) && layers.every(isLayer)));
}
