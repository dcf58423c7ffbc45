import { withoutUndefined } from '../plain.js';
import type { BackboneName, BuildBackboneOptions } from '../models/index.js';
import type { ClassWeight, Stage } from '../training/index.js';

/**
 * Everything that one trial depends on besides pixels and initial weights, as plain JSON: a trial may run here, in a
 * worker or on another machine, and its result can be told from that of other settings.
 */
export interface TrialSpec extends Readonly<
  Pick<BuildBackboneOptions, 'variant' | 'width' | 'endBlock' | 'head' | 'inputRange'>
> {
  /** What the row is called; unique in its comparison. */
  readonly name: string;
  readonly backbone: BackboneName;
  /** [height, width, channels] of the images. */
  readonly inputShape: readonly [height: number, width: number, channels: number];
  /** Class names in the order of the outputs. */
  readonly classes: readonly string[];
  /** Seed of the new layers' weights, of the order of samples and of the dropout masks. */
  readonly seed: number;
  readonly stages: readonly Stage[];
  readonly batchSize: number;
  readonly classWeight?: ClassWeight;
  /** Whether weights were to be loaded; absent: all layers start at random. */
  readonly pretrained?: true;
  /** Where these come from, in the caller's words. */
  readonly weightsFrom?: string;
  /**
   * Which samples each part of the split holds: how many, and a fingerprint of their ids, labels and groups in their
   * order, which tells one part from another. Pixels are not in it.
   */
  readonly parts: Readonly<
    Record<'train' | 'validation' | 'test', { readonly samples: number; readonly fingerprint: string }>
  >;
}

/** What the model of a trial is built from. */
export function backboneOptions({
  classes,
  seed,
  inputShape,
  variant,
  width,
  endBlock,
  head,
  inputRange,
}: TrialSpec): BuildBackboneOptions {
  return withoutUndefined({
    classes,
    seed,
    inputShape,
    variant,
    width,
    endBlock,
    head,
    inputRange,
  }) as BuildBackboneOptions;
}
