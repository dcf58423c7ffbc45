/** Red, green, blue in 0–255 and opacity in 0–1. */
export type Color = readonly [red: number, green: number, blue: number, alpha: number];

const blue = [30, 136, 229] as const;
const red = [255, 13, 87] as const;
const stopsPerSide = 100;
const tableSize = 256;

/**
 * SHAP's `red_transparent_blue` at `position` in [0, 1]: opaque blue at 0, transparent in the middle, opaque red at 1.
 * As there, it is 100 stops of blue falling from opacity 1 to 0 and 100 of red rising from 0 to 1, tabulated in 256
 * entries. Positions outside are clamped; NaN is transparent.
 */
export function redTransparentBlue(position: number): Color {
  if (Number.isNaN(position)) return [...red, 0];
  const index = Math.min(tableSize - 1, Math.max(0, Math.floor(position * tableSize)));
  return table[index]!;
}

/** The table's 256 colours, from the most negative value to the most positive. */
const table: readonly Color[] = Array.from({ length: tableSize }, (_, entry) => {
  const place = (entry / (tableSize - 1)) * (2 * stopsPerSide - 1);
  const before = Math.floor(place);
  const share = place - before;
  const from = stop(before);
  const to = stop(Math.min(before + 1, 2 * stopsPerSide - 1));
  const mix = (channel: 0 | 1 | 2 | 3) => from[channel] + share * (to[channel] - from[channel]);
  return [mix(0), mix(1), mix(2), mix(3)] as const;
});

function stop(index: number): Color {
  const last = stopsPerSide - 1;
  return index < stopsPerSide ? [...blue, 1 - index / last] : [...red, (index - stopsPerSide) / last];
}
