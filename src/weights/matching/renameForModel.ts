import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../../errors.js';
import {
  backboneFacts,
  backboneNames,
  modelMetadata,
  type BackboneName,
  type ModelMetadata,
  type BackboneVariant,
} from '../../models/index.js';
import { modelWeights } from './modelWeights.js';
import type { NamedArrays } from '../namedArrays.js';
import { areTorchNamed, isTorchName, torchWeights } from './torchWeights.js';
import { isModel } from '../../network/index.js';

/**
 * The weights under the names that `model` has for them: those of a torch state dict are renamed and turned.
 *
 * @throws SpineError `weights-mismatch` if they are those of Keras's graph and the model is torch's, or the reverse.
 */
export function renameForModel(model: tfl.LayersModel, weights: NamedArrays): NamedArrays {
  const backbone = backboneOf(model);
  const torchNamed = areTorchNamed(weights.keys());
  if (backbone) {
    const foreign = foreignName(model, weights, backbone.variant ?? 'keras', torchNamed);
    if (foreign !== undefined) throw wrongGraph(backbone, foreign);
  }
  return torchNamed ? torchWeights(weights, model) : weights;
}

type Backbone = ModelMetadata & { readonly backbone: string };

/** What the model, or the first backbone nested in it, says of itself. */
function backboneOf(model: tfl.LayersModel): Backbone | undefined {
  const metadata = modelMetadata(model);
  if (metadata?.backbone !== undefined) return { ...metadata, backbone: metadata.backbone };
  for (const layer of model.layers) {
    const nested = isModel(layer) ? backboneOf(layer) : undefined;
    if (nested) return nested;
  }
  return undefined;
}

/**
 * A name that shows the weights to be of the other variant: the first of those, where they are more than half. One that
 * both happen to have, as of a layer of the caller's own, decides nothing. Heads are ours, and the same on both.
 */
function foreignName(
  model: tfl.LayersModel,
  weights: NamedArrays,
  variant: BackboneVariant,
  torchNamed: boolean,
): string | undefined {
  const outsideHead = [...weights.keys()].filter((name) => !/^(head_dense_\d+|predictions)\//.test(name));
  if (torchNamed) return variant === 'torch' ? undefined : outsideHead.find((name) => isTorchName(name));
  const own = new Set(modelWeights(model).map(({ name }) => name));
  // Layers of torch variants are called after torch's modules, with dots; no layer of Keras's has any.
  const isDotted = (name: string) => name.slice(0, name.lastIndexOf('/')).includes('.');
  const foreign = outsideHead.filter((name) => !own.has(name) && isDotted(name) === (variant === 'keras'));
  return 2 * foreign.length > outsideHead.length ? foreign[0] : undefined;
}

function wrongGraph({ backbone, variant = 'keras' }: Backbone, name: string): SpineError {
  const other: BackboneVariant = variant === 'keras' ? 'torch' : 'keras';
  const owner = { keras: 'Keras', torch: 'torch' };
  // A model may come from a version that knows more backbones than this one.
  const known = backboneNames.find((name) => name === backbone);
  const offered = known === undefined ? [] : backboneFacts(known).variants;
  const advice = offered.includes(other)
    ? `Build that one: buildBackbone('${backbone}', { variant: '${other}', … }).`
    : `Only ${owner[variant]}'s graph is offered for it: use weights of ${owner[variant]}'s.`;
  const why = known === undefined ? '' : ` ${differences[known]}`;
  return new SpineError(
    'weights-mismatch',
    `These weights are named as ${owner[other]} names them ("${name}"), but the model is ${backbone} as ${owner[variant]} defines it.${why} ${advice}`,
    { details: { backbone, variant, weights: other } },
  );
}

/** Where the graphs of Keras Applications and of torchvision or timm differ. */
const differences: Readonly<Record<BackboneName, string>> = {
  vgg16: 'Keras’s weights expect images less their mean, from blue to red, torch’s normalized ones from red to blue.',
  vgg19: 'Keras’s weights expect images less their mean, from blue to red, torch’s normalized ones from red to blue.',
  resnet101: 'In a bottleneck, Keras strides in the first convolution, torch in the second.',
  densenet169: 'Their batch normalizations have different epsilons.',
  densenet201: 'Their batch normalizations have different epsilons.',
  inceptionV3: 'Averaging at the border, torch counts the zeros around the image, Keras does not.',
  efficientnetB0: 'Where a convolution strides, Keras pads more at the end, torch the same on both sides.',
  efficientnetB3: 'Where a convolution strides, Keras pads more at the end, torch the same on both sides.',
  googlenet: 'Keras Applications has no GoogLeNet.',
  alexnet: 'Keras Applications has no AlexNet.',
  xception: 'Where it pools, Keras pads more at the end, timm the same on both sides.',
  mobilenet: 'Where a convolution strides, Keras pads at the end, timm on both sides.',
  inceptionResNetV2: 'timm’s batch normalizations have a scale, Keras’s have none.',
};
