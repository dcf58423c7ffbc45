export { createReport } from './page/index.js';
export {
  createReportDefaults,
  reportInputDefaults,
  type SkippedFile,
  type Box,
  type ReportExplanation,
  type ReportInput,
  type CreateReportOptions,
  type ReportStage,
  type ReportTask,
  type RunValue,
} from './page/index.js';
export { reportStyle } from './page/index.js';
export type { ChartSpec } from './charts/index.js';
export {
  curveChart,
  curveChartDefaults,
  curvesChart,
  curvesChartDefaults,
  type CurveMeasure,
  type CurveChartOptions,
  type CurvesChartOptions,
} from './charts/index.js';
export { confusionChart } from './charts/index.js';
export {
  classCountsChart,
  classCountsChartDefaults,
  type ClassCounts,
  type ClassCountsChartOptions,
} from './charts/index.js';
export { renderChart } from './charts/index.js';
export { classTable, metricsRow, metricsTable, type MetricsRow } from './tables/index.js';
export { comparisonTable } from './tables/index.js';
export { comparisonTableDefaults, type ComparisonTableOptions } from './tables/index.js';
export { describeModel, type LayerDescription, type ModelBlock, type ModelDescription } from './model/index.js';
export { modelDiagram, type DiagramStage } from './model/index.js';
export { overlay, overlayDefaults, sharedScale, type OverlayOptions } from './pictures/index.js';
export { redTransparentBlue, type Color } from './pictures/index.js';
export { pngDataUri, thumbnail, type Picture } from './pictures/index.js';
export {
  paperModelNames,
  paperNotes,
  paperTable,
  paperTables,
  paperTaskNames,
  type PaperRow,
  type PaperTable,
  type PaperTask,
} from './paper/index.js';

// The types that these mention.
export type {
  Comparison,
  TrialResult,
  FailedTrial,
  FinishedTrial,
  MeasuredStage,
  Measurement,
  TrialSpec,
} from '../study/index.js';
export type { Dataset, LoadOptions, Sample } from '../dataset/index.js';
export type { Explanation } from '../explain/index.js';
export type { Image, PixelArray } from '../image/index.js';
export type { ClassificationReport, ClassScores, ConfusionMatrix, Interval, Scores } from '../metrics/index.js';
export type { EpochLog, History, Stage, StageHistory } from '../training/index.js';
export type { Predictions } from '../predictions/index.js';
