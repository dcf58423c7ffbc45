/**
 * The report's colours by role, for light and for dark surroundings. The hues of series are Okabe and Ito's, which
 * remain distinct under every common colour-vision deficiency, darkened or lightened to keep 3:1 against the ground.
 */
export const lightPalette = {
  ground: '#ffffff',
  panel: '#f5f6f8',
  rule: '#d8dde3',
  muted: '#5a6672',
  ink: '#1b2128',
  accent: '#0a5c91',
  warning: '#9a4a00',
  'series-1': '#0072b2',
  'series-2': '#c45500',
  'series-3': '#008a63',
  'series-4': '#a84f80',
  'series-5': '#8f6b00',
  'series-6': '#3b86b7',
} as const;

/** A role a colour plays. */
export type ColorRole = keyof typeof lightPalette;

/** The same roles on a dark ground. */
export const darkPalette: Readonly<Record<ColorRole, string>> = {
  ground: '#14181d',
  panel: '#1d232a',
  rule: '#353e48',
  muted: '#a3aeb9',
  ink: '#e6eaee',
  accent: '#7cc0ec',
  warning: '#f3b271',
  'series-1': '#5fb2e6',
  'series-2': '#f0894a',
  'series-3': '#3fc49b',
  'series-4': '#dd9cc0',
  'series-5': '#d9b23f',
  'series-6': '#8ecdf2',
};

/** Colours of up to six series, in order; more than six repeat. */
export const seriesColors: readonly string[] = [
  lightPalette['series-1'],
  lightPalette['series-2'],
  lightPalette['series-3'],
  lightPalette['series-4'],
  lightPalette['series-5'],
  lightPalette['series-6'],
];
