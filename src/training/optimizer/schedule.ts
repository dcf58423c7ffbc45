import { quoted } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import {
  numberAbove,
  numberFrom,
  oneOf,
  openFraction,
  optionsOf,
  record,
  required,
  wholeNumber,
  type Rule,
} from '../../options.js';
import { byKind } from './byKind.js';

/** Learning-rate warm-up: a rise of the rate in a straight line at the start of a stage, to the stage's rate. */
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
      /**
       * Cosine annealing: down half a cosine, from the stage's rate after the warm-up to `minimum` at the stage's last
       * epoch (Loshchilov and Hutter, 2017).
       */
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

type ScheduleKind = LearningRateSchedule['kind'];
type Of<Kind extends ScheduleKind> = Extract<LearningRateSchedule, { kind: Kind }>;

/** What may be left out of some options, given; a warm-up has defaults of its own. */
type Optional<Options> = {
  readonly [
    Name in keyof Options as object extends Pick<Options, Name> ? Exclude<Name, 'warmUp'> : never
  ]-?: Options[Name];
};

/** A default for each option that may be left out, of each kind that has any. */
type ScheduleDefaults = { readonly warmUp: Optional<WarmUp> } & {
  readonly [Kind in ScheduleKind as keyof Optional<Of<Kind>> extends never ? never : Kind]: Optional<Of<Kind>>;
};

const rate = numberFrom(0);

/** The defaults of {@link LearningRateSchedule}, by kind, and of {@link WarmUp}. */
export const scheduleDefaults = {
  warmUp: { from: 0 },
  cosine: { minimum: 0 },
  plateau: { factor: 0.1, minimum: 0, minimumChange: 1e-4, cooldown: 0 },
} as const satisfies ScheduleDefaults;

export const warmUpOptions = optionsOf<WarmUp, typeof scheduleDefaults.warmUp>(
  'warmUp',
  { epochs: required(numberAbove(0)), from: rate },
  scheduleDefaults.warmUp,
);
export const constantOptions = optionsOf<Of<'constant'>>('the schedule constant', {
  kind: oneOf('constant'),
  warmUp: record(warmUpOptions),
});
export const cosineOptions = optionsOf<Of<'cosine'>, typeof scheduleDefaults.cosine>(
  'the schedule cosine',
  { kind: oneOf('cosine'), warmUp: record(warmUpOptions), minimum: rate },
  scheduleDefaults.cosine,
);
export const plateauOptions = optionsOf<Of<'plateau'>, typeof scheduleDefaults.plateau>(
  'the schedule plateau',
  {
    kind: oneOf('plateau'),
    warmUp: record(warmUpOptions),
    patience: required(wholeNumber(1)),
    factor: openFraction,
    minimum: rate,
    minimumChange: {
      expects: 'a finite number, 0 or more',
      accepts: (given) => Number.isFinite(given) && (given as number) >= 0,
    },
    cooldown: wholeNumber(0),
  },
  scheduleDefaults.plateau,
);

export const scheduleTables = {
  constant: constantOptions,
  cosine: cosineOptions,
  plateau: plateauOptions,
} as const;

/** Completes the options of whichever schedule it is. */
export const scheduleRule: Rule<LearningRateSchedule> = byKind<LearningRateSchedule>('schedule', scheduleTables);

/** What a schedule needs to know of its stage. */
export interface Scheduled {
  readonly epochs: number;
  readonly learningRate: number;
  /** Default: the rate stays. */
  readonly schedule?: LearningRateSchedule;
}

/** @throws SpineError `invalid-argument` for a schedule that does not fit the stage's epochs or rate. */
export function checkSchedule({ schedule, epochs, learningRate }: Scheduled): void {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  const checkRate = (name: string, given = 0) => {
    if (given > learningRate)
      fail(`${name} must be a rate from 0 to the stage's ${learningRate}, got ${quoted(given)}.`);
  };
  if (schedule?.warmUp) {
    if (schedule.warmUp.epochs >= epochs)
      fail(
        `schedule.warmUp.epochs must be above 0 and below the stage's ${epochs} epochs, got ${quoted(schedule.warmUp.epochs)}.`,
      );
    checkRate('schedule.warmUp.from', schedule.warmUp.from);
  }
  if (schedule && schedule.kind !== 'constant') checkRate('schedule.minimum', schedule.minimum);
}

/** What a schedule remembers, as plain data. */
export interface ScheduleState {
  readonly plateau?: PlateauState;
}

/** The learning rate of each update of a stage. */
export class RateSchedule {
  private readonly warmUpUpdates: number;
  private readonly plateau: Plateau | undefined;

  constructor(
    private readonly stage: Scheduled,
    private readonly updatesPerEpoch: number,
  ) {
    const { schedule } = stage;
    this.warmUpUpdates = schedule?.warmUp ? Math.max(1, Math.round(schedule.warmUp.epochs * updatesPerEpoch)) : 0;
    this.plateau = schedule?.kind === 'plateau' ? new Plateau(schedule, stage.learningRate) : undefined;
  }

  /** @param update from 0 within the stage. */
  rate(update: number): number {
    const { learningRate, schedule = { kind: 'constant' } } = this.stage;
    if (update < this.warmUpUpdates) {
      const from = schedule.warmUp?.from ?? scheduleDefaults.warmUp.from;
      return from + (learningRate - from) * (update / this.warmUpUpdates);
    }
    switch (schedule.kind) {
      case 'constant':
        return learningRate;
      case 'cosine':
        return this.cosineRate(update, schedule);
      case 'plateau':
        return this.plateau!.state.rate;
    }
  }

  /**
   * As Keras's CosineDecay counts: the first update is at the beginning of the curve, and its end would be reached by
   * the update after the stage's last.
   */
  private cosineRate(update: number, { minimum = scheduleDefaults.cosine.minimum }: Of<'cosine'>): number {
    const { epochs, learningRate } = this.stage;
    const updates = Math.max(1, epochs * this.updatesPerEpoch - this.warmUpUpdates);
    const done = Math.min(1, (update - this.warmUpUpdates) / updates);
    return minimum + (learningRate - minimum) * 0.5 * (1 + Math.cos(Math.PI * done));
  }

  /**
   * Takes note of an epoch; those of a warm-up do not count.
   *
   * @param updates done by its end.
   */
  observe(validationLoss: number, updates: number): void {
    if (updates > this.warmUpUpdates) this.plateau?.observe(validationLoss);
  }

  save(): ScheduleState {
    return this.plateau ? { plateau: this.plateau.state } : {};
  }

  resume({ plateau }: ScheduleState): void {
    if (this.plateau && plateau) this.plateau.state = plateau;
  }
}

/** What a {@link Plateau} remembers, as plain data. */
interface PlateauState {
  readonly rate: number;
  /** The smallest loss so far, absent before the first. */
  readonly best?: number;
  /** Epochs in a row that were no better. */
  readonly wait: number;
  /** Epochs that are still not to count. */
  readonly cooling: number;
}

/** Lowers a rate when the validation loss stays where it is, epoch by epoch as Keras's ReduceLROnPlateau does. */
class Plateau {
  state: PlateauState;

  constructor(
    private readonly options: Of<'plateau'>,
    rate: number,
  ) {
    this.state = { rate, wait: 0, cooling: 0 };
  }

  /** @param loss of the validation samples after an epoch. */
  observe(loss: number): void {
    const { patience, factor, minimum, minimumChange, cooldown } = { ...plateauOptions.defaults, ...this.options };
    const { rate, best } = this.state;
    const known = best === undefined ? {} : { best };
    const cooling = Math.max(0, this.state.cooling - 1);
    const waited = this.state.cooling > 0 ? 0 : this.state.wait;
    if (loss < (best ?? Infinity) - minimumChange) {
      this.state = { rate, best: loss, wait: 0, cooling };
    } else if (cooling > 0) {
      this.state = { rate, ...known, wait: waited, cooling };
    } else if (waited + 1 >= patience && rate > minimum) {
      this.state = { rate: Math.max(rate * factor, minimum), ...known, wait: 0, cooling: cooldown };
    } else {
      this.state = { rate, ...known, wait: waited + 1, cooling };
    }
  }
}
