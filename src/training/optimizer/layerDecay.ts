import type * as tfl from '@tensorflow/tfjs-layers';
import type { Graph } from '../../network/index.js';
import type { Rule } from '../../options.js';
import type { Plan } from '../plan/index.js';
import { isKernel } from './weightDecay.js';

/** Layer-wise learning rates. */
export interface LayerDecayOptions {
  /**
   * Layer-wise (discriminative) learning rates: each block nearer the input learns at this times the rate of the one
   * after it, 0 … 1; the head at the full rate. Default 1: all alike. (Howard and Ruder, 2018, take 1 / 2.6 between
   * three groups of layers.)
   */
  readonly layerDecay?: number;
}

export const layerDecayRule: Rule<number> = {
  expects: 'above 0 and at most 1',
  accepts: (given) => typeof given === 'number' && given > 0 && given <= 1,
};

/**
 * How far each layer with weights is from the head, in blocks: 0 for the head, 1 for the block before it, and so on. A
 * block is what lies between two places where a single value passes: a residual block or an inception module as a
 * whole, or a single convolution of a plain chain, each with the batch norms that follow.
 */
export function layerDepths({ graph, head }: Pick<Plan, 'graph' | 'head'>): ReadonlyMap<tfl.layers.Layer, number> {
  const depths = new Map<tfl.layers.Layer, number>(head.map((layer) => [layer, 0]));
  let depth = 1;
  for (const block of blocks(graph).reverse()) {
    const layers = block.filter((layer) => !depths.has(layer));
    for (const layer of layers) depths.set(layer, depth);
    if (layers.some(({ weights }) => weights.length > 0)) depth++;
  }
  return depths;
}

/** The layers of each block, from the input on. */
function blocks({ steps, output }: Graph): tfl.layers.Layer[][] {
  const lastUse = new Map<number, number>([[output, steps.length]]);
  for (const [index, { inputs }] of steps.entries())
    for (const value of inputs) lastUse.set(value, Math.max(index, lastUse.get(value) ?? 0));

  const result: tfl.layers.Layer[][] = [];
  const live = new Set<number>();
  let current: tfl.layers.Layer[] = [];
  for (const [index, step] of steps.entries()) {
    current.push(step.layer);
    live.add(step.output);
    for (const value of step.inputs) live.add(value);
    for (const value of [...live]) if (lastUse.get(value) === index) live.delete(value);
    if (live.size > 1) continue;
    // What has no kernel of its own goes with what it follows.
    const hasKernel = current.some(({ weights }) => weights.some(({ originalName }) => isKernel(originalName)));
    const before = result.at(-1);
    if (hasKernel || !before) result.push(current);
    else before.push(...current);
    current = [];
  }
  return result;
}
