import { join } from 'node:path';
import * as tfl from '@tensorflow/tfjs-layers';
import { isSpineError, SpineError } from 'spine-xray-ml';
import { folderHandler } from 'spine-xray-ml/node';
import type { Options } from './options.js';

/** Notes in the model what it was trained on: whoever predicts with it should know. */
export function noteTraining(model: tfl.LayersModel, kind: string): void {
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), trainedOn: kind });
}

export function trainedOn(model: tfl.LayersModel): unknown {
  return (model.getUserDefinedMetadata() as Readonly<Record<string, unknown>> | undefined)?.['trainedOn'];
}

/** The model given by --model, or the one that the last training left. */
export async function loadModel({ model, out }: Options): Promise<tfl.LayersModel> {
  const folder = model ?? join(out, 'model');
  try {
    return await tfl.loadLayersModel(folderHandler(folder));
  } catch (cause) {
    if (!isSpineError(cause, 'file-missing')) throw cause;
    throw new SpineError(
      'file-missing',
      `There is no model in ${folder}. Train one first, or name one with --model <folder>.`,
      { cause },
    );
  }
}
