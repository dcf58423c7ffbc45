import { SpineError } from '../../errors.js';

/** @throws SpineError `training-diverged` for a loss that is no number any more. */
export function checkFinite(loss: number, what: string, stage: string, epoch: number, rate: number): void {
  if (Number.isFinite(loss)) return;
  throw new SpineError(
    'training-diverged',
    `The ${what} became ${loss} in stage "${stage}", epoch ${epoch}. Lower the learning rate (now ${rate}). The best weights so far are restored.`,
  );
}
