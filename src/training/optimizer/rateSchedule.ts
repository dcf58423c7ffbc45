import { Plateau, type PlateauState } from './plateau.js';
import { scheduleDefaults, type LearningRateSchedule } from './schedule.js';
import { stageDefaults, type Stage } from '../stage/index.js';

/** What a schedule remembers, as plain data. */
export interface ScheduleState {
  readonly plateau?: PlateauState;
}

/** The learning rate of each update of a stage. */
export class RateSchedule {
  private readonly warmUpUpdates: number;
  private readonly plateau: Plateau | undefined;

  constructor(
    private readonly stage: Pick<Stage, 'epochs' | 'learningRate' | 'schedule'>,
    private readonly updatesPerEpoch: number,
  ) {
    const schedule: LearningRateSchedule = stage.schedule ?? stageDefaults.schedule;
    this.warmUpUpdates = schedule.warmUp ? Math.max(1, Math.round(schedule.warmUp.epochs * updatesPerEpoch)) : 0;
    this.plateau = schedule.kind === 'plateau' ? new Plateau(schedule, stage.learningRate) : undefined;
  }

  /**
   * As Keras's CosineDecay counts: the first update is at the beginning of the curve, and its end would be reached by
   * the update after the stage's last.
   *
   * @param update from 0 within the stage.
   */
  rate(update: number): number {
    const { epochs, learningRate } = this.stage;
    const schedule: LearningRateSchedule = this.stage.schedule ?? stageDefaults.schedule;
    if (update < this.warmUpUpdates) {
      const from = schedule.warmUp?.from ?? scheduleDefaults.warmUp.from;
      return from + (learningRate - from) * (update / this.warmUpUpdates);
    }
    if (schedule.kind === 'plateau') return this.plateau?.state.rate ?? learningRate;
    if (schedule.kind === 'constant') return learningRate;
    const { minimum = scheduleDefaults.cosine.minimum } = schedule;
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
