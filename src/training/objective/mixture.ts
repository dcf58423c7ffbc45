/** What the samples of a batch were mixed with. */
export interface Mixture {
  /** The other sample's label. */
  readonly labels: Int32Array;
  /** The share of the sample itself, 0 … 1. */
  readonly shares: Float32Array;
}
