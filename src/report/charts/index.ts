export type { ChartSpec } from './chart.js';
export {
  classCountsChart,
  classCountsChartDefaults,
  type ClassCounts,
  type ClassCountsChartOptions,
} from './classCountsChart.js';
export {
  bestEpochIndex,
  curveChart,
  curveChartDefaults,
  curvesChart,
  type CurveMeasure,
  type CurveChartOptions,
} from './curvesChart.js';
export { chartBox } from './chartBox.js';
export { confusionChart } from './confusionChart.js';
export { renderChart } from './renderChart.js';
