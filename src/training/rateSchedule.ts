import type { Stage } from './stage.js';

/** What a schedule remembers, as plain data. */
export interface ScheduleState {
  readonly plateau?: never;
}

/** The learning rate of each update of a stage. */
export class RateSchedule {
  constructor(
    private readonly stage: Stage,
    readonly updatesPerEpoch: number,
  ) {}

  /** @param _update from 0 within the stage. */
  rate(_update: number): number {
    return this.stage.learningRate;
  }

  save(): ScheduleState {
    return {};
  }

  resume(_state: ScheduleState): void {}
}
