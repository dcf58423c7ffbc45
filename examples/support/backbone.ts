import type { LayersModel } from '@tensorflow/tfjs-layers';
import { headLayerNames, SpineError, type WeightReport } from 'spine-xray-ml';

/** Only the new head may start from nothing: a backbone with random layers would ruin what the others know. */
export function checkBackbone(model: LayersModel, { missing }: WeightReport): void {
  const head = new Set(headLayerNames(model));
  const lacking = missing.filter((name) => !head.has(name.slice(0, name.lastIndexOf('/'))));
  if (lacking.length > 0) {
    throw new SpineError(
      'weights-mismatch',
      `The weights lack ${lacking.length} tensors of the backbone, such as ${lacking[0] ?? ''}. Give weights of Xception, whole or up to block 13.`,
      { details: { missing: lacking } },
    );
  }
}
