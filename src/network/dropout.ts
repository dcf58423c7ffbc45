import type * as tfl from '@tensorflow/tfjs-layers';
import type { Step } from './graph.js';

/** What is dropped together: along an axis of 1 all of it, along one of null nothing (Keras's `noise_shape`). */
type NoiseShape = readonly (number | null)[];

export function isDropout(layer: tfl.layers.Layer): boolean {
  return layer.getClassName() === 'Dropout' && (layer.getConfig()['rate'] as number) > 0;
}

/** What is wrong with a dropout's noise shape, if anything is: it must spread over inputs of any batch size. */
export function noiseShapeProblem({ layer, inputShapes: [inputShape] }: Step): string | undefined {
  const { noiseShape } = dropoutConfig(layer);
  if (!noiseShape) return undefined;
  const spreads =
    noiseShape.length === inputShape?.length &&
    noiseShape.every((side, axis) => side === null || side === 1 || side === inputShape[axis]);
  return spreads
    ? undefined
    : `its noise shape ${JSON.stringify(noiseShape)} does not spread over its input ${JSON.stringify(inputShape)}`;
}

export function dropoutConfig(layer: tfl.layers.Layer): {
  readonly rate: number;
  readonly noiseShape?: NoiseShape | null;
} {
  return layer.getConfig() as unknown as { rate: number; noiseShape?: NoiseShape | null };
}
