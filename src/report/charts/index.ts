export type { ChartSpec } from './chart.js';
export { classCountsChart, classCountsDefaults, type ClassCounts, type ClassCountsOptions } from './classCountsChart.js';
export { darkPalette, lightPalette, seriesColors, type ColorRole } from './palette.js';
export { bestEpochIndex, curveChart, curveDefaults, curvesChart, type CurveMeasure, type CurveOptions } from './curvesChart.js';
export { chartBox } from './chartBox.js';
export { confusionChart } from './confusionChart.js';
export { renderChart } from './renderChart.js';
