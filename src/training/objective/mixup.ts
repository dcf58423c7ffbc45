import { quoted, refuseUnknownOptions, requireOptions } from '../../arguments.js';

/** How images are mixed (Zhang et al., 2018). */
export interface Mixup {
  /** The share of a sample in its mixture is drawn from Beta(α, α). Small: mostly one of the two. The authors take 0.1 to 0.4. */
  readonly alpha: number;
}

/** Calls `fail` for a mixup that is none. */
export function checkMixup(mixup: Mixup, fail: (message: string) => never): void {
  requireOptions('mixup', mixup, '{ alpha }');
  refuseUnknownOptions('mixup', mixup, optionNames, fail);
  const { alpha } = mixup;
  if (!(alpha > 0 && Number.isFinite(alpha))) fail(`mixup.alpha must be above 0, got ${quoted(alpha)}.`);
}

const optionNames = Object.keys({ alpha: true } satisfies Record<keyof Mixup, true>);
