import type * as tfl from '@tensorflow/tfjs-layers';
import { buildXception, type XceptionOptions } from '../models/index.js';

export type BackboneName = 'xception';
export type Variant = 'keras' | 'torch';
export type BackboneOptions = XceptionOptions & { readonly variant?: Variant };
export const backboneNames: readonly BackboneName[] = ['xception'];
export const backboneDefaults = { inputShape: [224, 224, 3] } as const;

export function buildBackbone(_name: BackboneName, options: BackboneOptions): tfl.LayersModel {
  return buildXception(options);
}
