import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone } from './backbone.js';
import { addHead } from './head.js';
import { applyConvention } from './inputConvention.js';
import { setModelMetadata } from './metadata.js';
import { settle, type BuildBackboneOptions } from './options.js';

/** Builds a model of a backbone between the input convention and a head. */
export function assemble(backbone: Backbone, options: BuildBackboneOptions, caller: string): tfl.LayersModel {
  const { classNames, random, inputShape, variant, width, endBlock, head, convention } = settle(
    backbone,
    options,
    caller,
  );
  const images = tfl.input({ shape: [...inputShape], name: 'image' });
  const model = wholeOrNothing(() => {
    const features = backbone.features(applyConvention(images, convention), { random, width, endBlock, variant });
    const outputs = head === false ? features : addHead(features, classNames.length, random, head);
    return tfl.model({ inputs: images, outputs, name: backbone.name });
  });
  setModelMetadata(model, {
    classes: head === false ? [] : classNames,
    backbone: backbone.name,
    variant,
    imageRange: [0, 1],
    width,
    endBlock,
  });
  return model;
}

/** A build that fails half way would leave the variables of the layers already made. */
function wholeOrNothing<T>(build: () => T): T {
  const variables = tf.engine().state.registeredVariables;
  const before = new Set(Object.keys(variables));
  try {
    return build();
  } catch (error) {
    for (const [name, variable] of Object.entries(variables)) if (!before.has(name)) variable.dispose();
    throw error;
  }
}
