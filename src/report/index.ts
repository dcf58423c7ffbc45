export {
  createReport,
  createReportDefaults,
  reportStyle,
  type CreateReportOptions,
  type ReportExplanation,
  type ReportInput,
  type ReportStage,
  type ReportTask,
  type RunValue,
  type SkippedFile,
} from './page/index.js';
export {
  classCountsChart,
  classCountsChartDefaults,
  confusionChart,
  curveChart,
  curveChartDefaults,
  curvesChart,
  renderChart,
  type ChartSpec,
  type ClassCounts,
  type ClassCountsChartOptions,
  type CurveChartOptions,
  type CurveMeasure,
} from './charts/index.js';
export {
  classTable,
  comparisonTable,
  comparisonTableDefaults,
  metricsRow,
  metricsTable,
  type ComparisonTableOptions,
  type MetricsRow,
} from './tables/index.js';
export {
  describeModel,
  modelDiagram,
  type DiagramStage,
  type LayerDescription,
  type ModelBlock,
  type ModelDescription,
} from './model/index.js';
export {
  overlay,
  overlayDefaults,
  pngDataUri,
  redTransparentBlue,
  sharedScale,
  thumbnail,
  type Color,
  type OverlayOptions,
  type Picture,
} from './pictures/index.js';
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
export type { Box, Image, PixelArray } from '../image/index.js';
export type { ClassificationReport, ClassScores, ConfusionMatrix, Interval, Scores } from '../metrics/index.js';
export type { EpochLog, History, Stage, StageHistory } from '../training/index.js';
export type { Predictions } from '../predictions/index.js';
