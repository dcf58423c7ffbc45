import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { uniqueLayerNames, variableNames, type LayerPlace } from '../layerNames.js';
import { isModel } from '../../network/index.js';

/** One weight of a model, under the name that weight files give it. */
export interface ModelWeight {
  /** `layer/variable`, as Keras 3 names both. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The current value: a view owned by the model, not to be disposed. */
  readonly read: () => tf.Tensor;
  /** Sets the value; the tensor given stays the caller's. */
  readonly write: (value: tf.Tensor) => void;
}

/** A layer with its weights. */
export interface ModelLayer extends LayerPlace {
  /** Its name within the model, nested models included. */
  readonly name: string;
  readonly className: string;
  readonly weights: readonly ModelWeight[];
}

/**
 * Every weight of the model, in the order of its layers; those of models nested in it, too. Should a nested model have
 * a layer of the same name as one elsewhere, that model's weights begin with its name: `encoder/block1_conv1/kernel`.
 */
export function modelWeights(model: tfl.LayersModel): readonly ModelWeight[] {
  return modelLayers(model).flatMap(({ weights }) => weights);
}

/** Every layer that has weights, in order, those of nested models too. */
export function modelLayers(model: tfl.LayersModel): readonly ModelLayer[] {
  const found = layersWithin(model, []);
  const names = uniqueLayerNames(found.map(({ models, layer }) => ({ models, layer: layer.name })));
  return found.map(({ models, layer }, index) => {
    const name = names[index]!;
    const variables = variableNames(
      layer.name,
      layer.weights.map(({ originalName }) => originalName),
    );
    return {
      models,
      layer: layer.name,
      name,
      className: layer.getClassName(),
      weights: layer.weights.map((variable, position) => ({
        name: `${name}/${variables[position]!}`,
        shape: variable.shape as number[],
        read: () => variable.read(),
        write: (value: tf.Tensor) => void variable.write(value),
      })),
    };
  });
}

function layersWithin(
  model: tfl.LayersModel,
  models: readonly string[],
): { models: readonly string[]; layer: tfl.layers.Layer }[] {
  return model.layers.flatMap((layer) => {
    if (isModel(layer)) return layersWithin(layer, [...models, layer.name]);
    return layer.weights.length === 0 ? [] : [{ models, layer }];
  });
}
