/** What stands where there is no number: an en dash. */
export const unknown = '–';

/** A fraction as per cent without the sign: 0.97857 → '97.86'; an en dash where there is no number. */
export function percent(fraction: number | undefined, decimals = 2): string {
  return fraction === undefined || !Number.isFinite(fraction) ? unknown : (100 * fraction).toFixed(decimals);
}

/** A confidence below 1 as per cent, in as many digits as it has: 0.95 → '95', 0.999 → '99.9'. Never '100'. */
export function confidencePercent(confidence: number): string {
  const exact = 100 * confidence;
  const rounded = Number(exact.toPrecision(12));
  return String(rounded < 100 ? rounded : exact);
}

/** A whole number with separators: 20861480 → '20,861,480'. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A tensor shape without its batch axis: [null, 7, 7, 2048] → '7 × 7 × 2048'; an unknown axis is '?'. */
export function shapeText(shape: readonly (number | null)[]): string {
  return shape
    .slice(1)
    .map((size) => (size === null ? '?' : String(size)))
    .join(' × ');
}

/** Seconds in the unit that suits them: '0.42 s', '12 s', '3 min 20 s', '2 h 5 min'. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return unknown;
  if (seconds < 9.95) return `${Number(seconds.toPrecision(2))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A real number in few digits: three significant ones, and no exponent where it can be done without. */
export function real(value: number): string {
  if (!Number.isFinite(value)) return unknown;
  const rounded = Number(value.toPrecision(3));
  return (Object.is(rounded, -0) ? 0 : rounded).toString().replace('-', '−');
}

/** '1 image', '5 images'. */
export function plural(number: number, singular: string, several = `${singular}s`): string {
  return `${count(number)} ${number === 1 ? singular : several}`;
}

/** The text with a capital at its start: 'three classes' → 'Three classes'. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
