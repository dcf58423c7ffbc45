import { SpineError } from '../../errors.js';
import { isDropout, noiseShapeProblem, type Step } from '../../network/index.js';

const withoutGradient: ReadonlySet<string> = new Set(['ThresholdedReLU']);
const unrepeatable: ReadonlySet<string> = new Set([
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'SpatialDropout1D',
]);
const convolutions: ReadonlySet<string> = new Set(['Conv2D', 'SeparableConv2D', 'DepthwiseConv2D']);

/** @throws SpineError `model-invalid` for a layer whose training could not be repeated, or has no gradient in tfjs. */
export function checkTrainable(step: Step): void {
  const { layer } = step;
  const kind = layer.getClassName();
  const fail = (reason: string): never => {
    throw new SpineError(
      'model-invalid',
      `The layer "${layer.name}" (${kind}) cannot be trained, nor what comes before it: ${reason}.`,
    );
  };
  if (unrepeatable.has(kind)) fail('it draws random numbers that cannot be seeded. Use Dropout instead');
  if (withoutGradient.has(kind)) fail('tfjs has no gradient for it');
  const { dilationRate = 1, dataFormat } = layer.getConfig() as {
    dilationRate?: number | number[];
    dataFormat?: string;
  };
  const problem = isDropout(layer) ? noiseShapeProblem(step) : undefined;
  if (problem !== undefined) fail(problem);
  if (kind === 'BatchNormalization' && !normalizesChannels(step))
    fail('only normalization along the last axis is supported');
  if (!convolutions.has(kind)) return;
  if ([dilationRate].flat().some((rate) => rate !== 1)) fail('tfjs has no gradient for dilated convolutions');
  if (dataFormat === 'channelsFirst') fail('only the channels-last format is supported');
}

function normalizesChannels({ layer, outputShape }: Step): boolean {
  // Keras writes a list.
  const [axis = -1] = [layer.getConfig()['axis'] as number | number[] | undefined].flat();
  return axis === -1 || axis === outputShape.length - 1;
}
