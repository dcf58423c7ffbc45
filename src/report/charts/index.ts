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
  curvesChartDefaults,
  type CurveChartOptions,
  type CurvesChartOptions,
} from './curvesChart.js';
export { countedMeasures, historyRule, validationName, type CurveMeasure } from './measures.js';
export { chartBox } from './chartBox.js';
export { confusionChart } from './confusionChart.js';
export { renderChart } from './renderChart.js';
