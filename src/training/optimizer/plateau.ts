import { plateauOptions, type LearningRateSchedule } from './schedule.js';

/** What a {@link Plateau} remembers, as plain data. */
export interface PlateauState {
  readonly rate: number;
  /** The smallest loss so far, absent before the first. */
  readonly best?: number;
  /** Epochs in a row that were no better. */
  readonly wait: number;
  /** Epochs that are still not to count. */
  readonly cooling: number;
}

/** Lowers a rate when the validation loss stays where it is, epoch by epoch as Keras's ReduceLROnPlateau does. */
export class Plateau {
  state: PlateauState;

  constructor(
    private readonly options: Extract<LearningRateSchedule, { kind: 'plateau' }>,
    rate: number,
  ) {
    this.state = { rate, wait: 0, cooling: 0 };
  }

  /** @param loss of the validation samples after an epoch. */
  observe(loss: number): void {
    const { patience, factor, minimum, minimumChange, cooldown } = plateauOptions(this.options);
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
