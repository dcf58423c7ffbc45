/** How far a long piece of work has come. */
export interface Progress {
  /** Units finished: samples, evaluations, bytes, as the function says. */
  readonly done: number;
  /** Units in all. */
  readonly total: number;
}

/** Called after each unit or batch of work. */
export type OnProgress = (progress: Progress) => void;
