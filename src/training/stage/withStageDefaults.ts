import {
  optimizerDefaults,
  scheduleDefaults,
  weightDecayDefaults,
  type LearningRateSchedule,
} from '../optimizer/index.js';
import { stageDefaults, type Stage } from './stage.js';

/** A stage with every default written out: stages are the same exactly if these are. */
export function withStageDefaults(stage: Stage): object {
  const whole = { ...stageDefaults, ...withoutUndefined(stage) };
  const { optimizer, weightDecay } = whole;
  const { warmUp, ...schedule } = withoutUndefined<LearningRateSchedule>(whole.schedule);
  return {
    ...whole,
    optimizer: { ...optimizerDefaults[optimizer.kind], ...withoutUndefined(optimizer) },
    schedule: {
      ...(schedule.kind !== 'constant' && scheduleDefaults[schedule.kind]),
      ...schedule,
      ...(warmUp && { warmUp: { ...scheduleDefaults.warmUp, ...withoutUndefined(warmUp) } }),
    },
    weightDecay: {
      ...weightDecayDefaults,
      ...(typeof weightDecay === 'number' ? { rate: weightDecay } : withoutUndefined(weightDecay)),
    },
  };
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
