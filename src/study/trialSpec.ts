import { withoutUndefined } from '../plain.js';
import type { BackboneName, BuildBackboneOptions } from '../models/index.js';
import type { ClassWeight, Stage } from '../training/index.js';

/** Which samples a part of the split holds. */
export interface PartIdentity {
  readonly samples: number;
  /** Of the samples' ids, labels and groups in their order: tells one part from another. Pixels are not in it. */
  readonly fingerprint: string;
}

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
  readonly parts: { readonly train: PartIdentity; readonly validation: PartIdentity; readonly test: PartIdentity };
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
