export { createReport } from './page/createReport.js';
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
} from './page/input.js';
export { reportStyle } from './page/style.js';
export type { ChartSpec } from './charts/chart.js';
export { curveChart, curveDefaults, curvesChart, type CurveMeasure, type CurveOptions } from './charts/curvesChart.js';
export { confusionChart } from './charts/confusionChart.js';
export { classCountsChart, classCountsDefaults, type ClassCounts, type ClassCountsOptions } from './charts/classCountsChart.js';
export { renderChart } from './charts/renderChart.js';
export { classTable, metricsRow, metricsTable, type MetricsRow } from './tables/metricsTable.js';
export { comparisonTable } from './tables/comparisonTable.js';
export { comparisonTableDefaults, type ComparisonTableOptions } from './tables/settings.js';
export { describeModel, type LayerDescription, type ModelBlock, type ModelDescription } from './model/describeModel.js';
export { modelDiagram, type DiagramStage } from './model/modelDiagram.js';
export { overlay, overlayDefaults, sharedScale, type OverlayOptions } from './pictures/overlay.js';
export { redTransparentBlue, type Color } from './pictures/shapColors.js';
export { pngDataUri, thumbnail, type Picture } from './pictures/pictures.js';
export {
  paperModelNames,
  paperNotes,
  paperTable,
  paperTables,
  paperTaskNames,
  type PaperRow,
  type PaperTable,
  type PaperTask,
} from './paper/paperResults.js';

// The types that these mention.
export type { Comparison, ComparisonRow, FailedRow, FinishedRow, MeasuredStage, Measurement, TrialRecord } from '../study/index.js';
export type { Dataset, LoadOptions, Predictions, Sample } from '../dataset/index.js';
export type { Explanation } from '../explain/index.js';
export type { Image, PixelArray } from '../image/index.js';
export type { ClassificationReport, ClassScores, ConfusionMatrix, Interval, Scores } from '../metrics/index.js';
export type { EpochLog, History, Stage, StageHistory } from '../training/index.js';
