import type { BackboneVariant } from './backbone.js';

/** A convolution, its batch normalization and its activation. */
export type ConvolutionNames = readonly [convolution: string, normalization: string, activation: string];

export const stemNames: Readonly<Record<BackboneVariant, ConvolutionNames>> = {
  keras: ['stem_conv', 'stem_bn', 'stem_activation'],
  torch: inTorch('features.0'),
};

export const topNames: Readonly<Record<BackboneVariant, ConvolutionNames>> = {
  keras: ['top_conv', 'top_bn', 'top_activation'],
  torch: inTorch('features.8'),
};

/** What a variant calls the layers of an inverted residual block: stages count from 1, repeats from 0. */
export function blockNames(variant: BackboneVariant, stage: number, repeat: number, expands: boolean) {
  return variant === 'torch'
    ? torchNames(`features.${stage}.${repeat}`, expands)
    : kerasNames(`block${stage}${'abcdefgh'.charAt(repeat)}`);
}

function kerasNames(block: string) {
  return {
    expand: [`${block}_expand_conv`, `${block}_expand_bn`, `${block}_expand_activation`] as ConvolutionNames,
    depthwise: [`${block}_dwconv`, `${block}_bn`, `${block}_activation`] as ConvolutionNames,
    squeeze: `${block}_se_squeeze`,
    reshape: `${block}_se_reshape`,
    reduce: `${block}_se_reduce`,
    restore: `${block}_se_expand`,
    excite: `${block}_se_excite`,
    project: [`${block}_project_conv`, `${block}_project_bn`],
    drop: `${block}_drop`,
    add: `${block}_add`,
  } as const;
}

/** torchvision numbers what a block is made of; one that does not expand begins with the depthwise convolution. */
function torchNames(block: string, expands: boolean) {
  const [depthwise, excite, project] = [0, 1, 2].map((part) => `${block}.block.${expands ? part + 1 : part}`) as [
    string,
    string,
    string,
  ];
  return {
    expand: inTorch(`${block}.block.0`),
    depthwise: inTorch(depthwise),
    squeeze: `${excite}.avgpool`,
    reshape: `${excite}.reshape`,
    reduce: `${excite}.fc1`,
    restore: `${excite}.fc2`,
    excite,
    project: inTorch(project),
    drop: `${block}.stochastic_depth`,
    add: block,
  } as const;
}

function inTorch(module: string): ConvolutionNames {
  return [`${module}.0`, `${module}.1`, `${module}.2`];
}
