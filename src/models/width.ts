/**
 * The number of filters at a width multiplier: rounded to a multiple of 8, at least 8, which is what vector units like;
 * the published number at width 1.
 */
export function scaledFilters(filters: number, width: number): number {
  return width === 1 ? filters : Math.max(8, Math.round((filters * width) / 8) * 8);
}
