export {
  createReportDefaults,
  type SkippedFile,
  type ReportExplanation,
  type ReportInput,
  type CreateReportOptions,
  type ReportStage,
  type ReportTask,
  type RunValue,
} from './input.js';
export { createReport } from './createReport.js';
export { reportStyle } from './style.js';
