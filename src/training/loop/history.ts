/** What one epoch of training came to. */
export interface EpochLog {
  /** Counted from 1 within its stage. */
  readonly epoch: number;
  /** Mean loss over the training samples, as met during the epoch: cross-entropy with dropout, mixtures, smoothed labels and class weights, plus what the layers' regularizers add. */
  readonly loss: number;
  /** Fraction of the training samples classified correctly, as met during the epoch. */
  readonly accuracy: number;
  /** Mean cross-entropy over the validation samples after the epoch; NaN without validation samples. */
  readonly validationLoss: number;
  /** Fraction of the validation samples classified correctly after the epoch; NaN without validation samples. */
  readonly validationAccuracy: number;
  /** The rate of the epoch's last update. */
  readonly learningRate: number;
  /** Wall time of the epoch, validation included. */
  readonly seconds: number;
}

/** How one stage went. */
export interface StageHistory {
  readonly name: string;
  /** The epoch whose weights the stage ended with: the one of the smallest validation loss. */
  readonly bestEpoch: number;
  readonly epochs: readonly EpochLog[];
}

/** How training went, stage by stage. */
export interface History {
  readonly stages: readonly StageHistory[];
}
