import type { Mixture } from './mixture.js';

/** Samples as the loss sees them. */
export interface Labelled {
  readonly labels: Int32Array;
  /** Absent where samples are as they were read. */
  readonly mixture?: Mixture;
}

/**
 * What each sample's log-probabilities are weighted by in the loss, [n, k]: its class, smoothed as Keras does,
 * y · (1 − smoothing) + smoothing / k, times the class's weight. A mixture of two samples has the mixture of their
 * rows, so that its loss is the mixture of their losses (Zhang et al., 2018).
 */
export function lossTargets(
  { labels, mixture }: Labelled,
  classWeights: Float32Array,
  smoothing: number,
): Float32Array {
  const classes = classWeights.length;
  const targets = new Float32Array(labels.length * classes);
  const add = (sample: number, label: number, share: number): void => {
    const weight = classWeights[label]! * share;
    for (let index = 0; index < classes; index++) {
      const at = sample * classes + index;
      targets[at] = targets[at]! + weight * (Number(index === label) * (1 - smoothing) + smoothing / classes);
    }
  };
  labels.forEach((label, sample) => {
    const share = mixture ? mixture.shares[sample]! : 1;
    add(sample, label, share);
    if (mixture) add(sample, mixture.labels[sample]!, 1 - share);
  });
  return targets;
}

/** The class that has the larger share of each sample: what its accuracy is counted against. */
export function mainLabels({ labels, mixture }: Labelled): Int32Array {
  if (!mixture) return labels;
  return labels.map((label, sample) => (mixture.shares[sample]! >= 0.5 ? label : mixture.labels[sample]!));
}
