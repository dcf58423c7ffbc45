import type * as tfl from '@tensorflow/tfjs-layers';
import { isPromise, quoted } from '../arguments.js';
import { SpineError } from '../errors.js';

/** Whether a layer is a whole model, nested in another. */
export function isModel(layer: tfl.layers.Layer): layer is tfl.LayersModel {
  return 'layers' in layer && 'outputs' in layer;
}

/** The layers of a model in its order, those of nested models in the place of these. */
export function flatLayers(model: tfl.LayersModel): tfl.layers.Layer[] {
  return model.layers.flatMap((layer) => (isModel(layer) ? flatLayers(layer) : [layer]));
}

/** @throws SpineError `invalid-argument` if it is not a model of tfjs layers: null, or a promise of one, say. */
export function requireModel(caller: string, model: tfl.LayersModel): void {
  const given = model as Partial<tfl.LayersModel> | null | undefined;
  if (typeof given === 'object' && Array.isArray(given?.layers)) return;
  const hint = isPromise(given) ? ' Await it.' : '';
  throw new SpineError('invalid-argument', `${caller} needs a model of tfjs layers, got ${quoted(given)}.${hint}`);
}
