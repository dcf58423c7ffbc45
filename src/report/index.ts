export { createReport } from './createReport.js';
export {
  reportDefaults,
  type ReportEpoch,
  type ReportExplanation,
  type ReportHistory,
  type ReportHistoryStage,
  type ReportInput,
  type ReportOptions,
  type ReportStage,
  type ReportTask,
  type RunValue,
  type SkippedFile,
} from './input.js';
export type { ChartSpec } from './charts/chart.js';
export { curveChart, curveDefaults, curvesChart, type CurveMeasure, type CurveOptions } from './charts/curvesChart.js';
export { confusionChart } from './charts/confusionChart.js';
export { classCountsChart, type ClassCounts } from './charts/classCountsChart.js';
export { renderChart } from './charts/renderChart.js';
export { classTable, metricsTable, type MetricsRow } from './metricsTable.js';
export { describeModel, type LayerDescription, type ModelBlock, type ModelDescription } from './describeModel.js';
export { overlay, overlayDefaults, sharedScale, type OverlayOptions } from './overlay.js';
export { redTransparentBlue, type Color } from './shapColors.js';
export { pngDataUri, thumbnail, type Picture } from './pictures.js';
export {
  paperNotes,
  paperTable,
  paperTables,
  paperTaskNames,
  type PaperRow,
  type PaperTable,
  type PaperTask,
} from './paperResults.js';
