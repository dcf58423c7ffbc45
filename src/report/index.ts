export { createReport } from './createReport.js';
export {
  reportDefaults,
  type LeftOutFile,
  type RegionBox,
  type ReportExplanation,
  type ReportInput,
  type ReportOptions,
  type ReportStage,
  type ReportTask,
  type RunValue,
} from './input.js';
export { reportStyle } from './style.js';
export type { ChartSpec } from './charts/chart.js';
export { curveChart, curveDefaults, curvesChart, type CurveMeasure, type CurveOptions } from './charts/curvesChart.js';
export { confusionChart } from './charts/confusionChart.js';
export { classCountsChart, classCountsDefaults, type ClassCounts, type ClassCountsOptions } from './charts/classCountsChart.js';
export { renderChart } from './charts/renderChart.js';
export { classTable, metricsRow, metricsTable, type MetricsRow } from './metricsTable.js';
export { comparisonTable } from './comparison/comparisonTable.js';
export { comparisonTableDefaults, type ComparisonTableOptions } from './comparison/settings.js';
export { describeModel, type LayerDescription, type ModelBlock, type ModelDescription } from './describeModel.js';
export { modelDiagram, type DiagramStage } from './modelDiagram.js';
export { overlay, overlayDefaults, sharedScale, type OverlayOptions } from './overlay.js';
export { redTransparentBlue, type Color } from './shapColors.js';
export { pngDataUri, thumbnail, type Picture } from './pictures.js';
export {
  paperModelNames,
  paperNotes,
  paperTable,
  paperTables,
  paperTaskNames,
  type PaperRow,
  type PaperTable,
  type PaperTask,
} from './paperResults.js';

// The types that these mention.
export type { Comparison, ComparisonRow, FailedRow, FinishedRow, MeasuredStage, Measurement, TrialRecord } from '../comparison/index.js';
export type { Dataset, LoadOptions, Predictions, Sample } from '../dataset/index.js';
export type { Explanation } from '../explain/index.js';
export type { Image, PixelArray } from '../image/index.js';
export type { ClassificationReport, ClassScores, ConfusionMatrix, Interval, Scores } from '../metrics/index.js';
export type { EpochLog, History, Stage, StageHistory } from '../training/index.js';
