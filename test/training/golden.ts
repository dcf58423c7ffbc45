import type { LearningRateSchedule, Stage } from 'spine-xray-ml';
import values from '../golden/training_loop.json' with { type: 'json' };

/** What Keras computed: see test/golden/training_loop.py. */
interface Golden {
  readonly labelSmoothing: {
    readonly logits: number[][];
    readonly labels: number[];
    readonly cases: readonly { readonly smoothing: number; readonly losses: number[] }[];
  };
  readonly cosine: readonly {
    readonly epochs: number;
    readonly updatesPerEpoch: number;
    readonly learningRate: number;
    readonly minimum: number;
    readonly warmUp: number;
    readonly from: number;
    readonly rates: number[];
  }[];
  readonly plateau: {
    readonly learningRate: number;
    readonly losses: number[];
    readonly cases: readonly {
      readonly options: Omit<Extract<LearningRateSchedule, { kind: 'plateau' }>, 'kind'>;
      readonly rates: number[];
    }[];
  };
  readonly clip: {
    readonly gradients: [number[][], number[]];
    readonly norms: readonly { readonly limit: number; readonly clipped: [number[][], number[]] }[];
  };
  readonly network: {
    readonly x: number[][];
    readonly labels: number[];
    readonly start: (number[] | number[][])[];
    readonly learningRate: number;
    readonly cases: readonly {
      readonly name: string;
      readonly stage: Partial<Stage> & { readonly classWeights?: number[] };
      readonly losses: number[];
      readonly weights: (number[] | number[][])[];
      readonly average?: (number[] | number[][])[];
    }[];
  };
}

export const golden = values as unknown as Golden;
