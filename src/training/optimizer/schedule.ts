import { quoted, refuseUnknownOptions, requireOptions } from '../../arguments.js';

/** A rise of the rate in a straight line at the start of a stage, to the stage's rate. */
export interface WarmUp {
  /** How long it lasts; parts of an epoch are fine. One update at least. */
  readonly epochs: number;
  /** The rate of the first update. Default 0, with which the first update changes nothing. */
  readonly from?: number;
}

/** How the learning rate goes through a stage. All rates are learning rates, not fractions of one. */
export type LearningRateSchedule =
  | {
      /** The stage's rate throughout. */
      readonly kind: 'constant';
      readonly warmUp?: WarmUp;
    }
  | {
      /** Down half a cosine, from the stage's rate after the warm-up to `minimum` at the stage's last epoch (Loshchilov and Hutter, 2017). */
      readonly kind: 'cosine';
      readonly warmUp?: WarmUp;
      /** Default 0. */
      readonly minimum?: number;
    }
  | {
      /** Lowered when the validation loss stays where it is, as Keras's ReduceLROnPlateau does. */
      readonly kind: 'plateau';
      readonly warmUp?: WarmUp;
      /** Epochs in a row without a smaller loss before the rate is lowered. */
      readonly patience: number;
      /** What the rate is multiplied by. Default 0.1. */
      readonly factor?: number;
      /** The rate goes no lower. Default 0. */
      readonly minimum?: number;
      /** A loss counts as smaller if it is so by more than this. Default 1e-4. */
      readonly minimumChange?: number;
      /** Epochs after a lowering that do not count. Default 0. */
      readonly cooldown?: number;
    };

/** The defaults of {@link LearningRateSchedule}, by kind, and of {@link WarmUp}. */
export const scheduleDefaults = {
  warmUp: { from: 0 },
  cosine: { minimum: 0 },
  plateau: { factor: 0.1, minimum: 0, minimumChange: 1e-4, cooldown: 0 },
} as const;

/** A plateau's options, with defaults where there is none. */
export function plateauOptions(
  options: Extract<LearningRateSchedule, { kind: 'plateau' }>,
): Required<Omit<typeof options, 'kind' | 'warmUp'>> {
  const defaults = scheduleDefaults.plateau;
  const {
    patience,
    factor = defaults.factor,
    minimum = defaults.minimum,
    minimumChange = defaults.minimumChange,
    cooldown = defaults.cooldown,
  } = options;
  return { patience, factor, minimum, minimumChange, cooldown };
}

/** Calls `fail` for a schedule that makes none for a stage of `epochs` at `learningRate`. */
export function checkSchedule(
  schedule: LearningRateSchedule,
  epochs: number,
  learningRate: number,
  fail: (message: string) => never,
): void {
  const given: unknown = schedule;
  if (typeof given !== 'object' || given === null || !['constant', 'cosine', 'plateau'].includes(schedule.kind)) {
    fail(`schedule must be { kind } with 'constant', 'cosine' or 'plateau', got ${quoted(given)}.`);
  }
  const { kind, warmUp } = schedule;
  refuseUnknownOptions(`the schedule ${kind}`, schedule, optionNames[kind], fail);
  const isRate = (rate: number) => rate >= 0 && rate <= learningRate;
  const atMost = `a rate from 0 to the stage's ${learningRate}`;
  if (warmUp !== undefined) {
    requireOptions('warmUp', warmUp, '{ epochs }');
    refuseUnknownOptions('warmUp', warmUp, warmUpNames, fail);
    const { from = scheduleDefaults.warmUp.from } = warmUp;
    if (!(warmUp.epochs > 0 && warmUp.epochs < epochs))
      fail(`warmUp.epochs must be above 0 and below the stage's ${epochs} epochs, got ${quoted(warmUp.epochs)}.`);
    if (!isRate(from)) fail(`warmUp.from must be ${atMost}, got ${quoted(from)}.`);
  }
  if (kind === 'constant') return;
  if (schedule.minimum !== undefined && !isRate(schedule.minimum))
    fail(`minimum of the schedule must be ${atMost}, got ${quoted(schedule.minimum)}.`);
  if (kind === 'cosine') return;
  const { patience, factor, minimumChange, cooldown } = plateauOptions(schedule);
  if (!(Number.isInteger(patience) && patience > 0))
    fail(`patience of the schedule must be a whole number above 0, got ${quoted(patience)}.`);
  if (!(factor > 0 && factor < 1)) fail(`factor of the schedule must be above 0 and below 1, got ${quoted(factor)}.`);
  if (!(minimumChange >= 0 && Number.isFinite(minimumChange)))
    fail(`minimumChange must be at least 0, got ${quoted(minimumChange)}.`);
  if (!(Number.isInteger(cooldown) && cooldown >= 0)) fail(`cooldown must be a whole number, got ${quoted(cooldown)}.`);
}

type Kind = LearningRateSchedule['kind'];

const optionNames = {
  constant: namesOf<'constant'>({ kind: true, warmUp: true }),
  cosine: namesOf<'cosine'>({ kind: true, warmUp: true, minimum: true }),
  plateau: namesOf<'plateau'>({
    kind: true,
    warmUp: true,
    patience: true,
    factor: true,
    minimum: true,
    minimumChange: true,
    cooldown: true,
  }),
} satisfies Record<Kind, string[]>;

function namesOf<K extends Kind>(names: Record<keyof Extract<LearningRateSchedule, { kind: K }>, true>): string[] {
  return Object.keys(names);
}

const warmUpNames = Object.keys({ epochs: true, from: true } satisfies Record<keyof WarmUp, true>);
