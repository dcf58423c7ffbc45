export { reportDefaults, type LeftOutFile, type RegionBox, type ReportExplanation, type ReportInput, type ReportOptions, type ReportStage, type ReportTask, type RunValue } from './input.js';
export { createReport } from './createReport.js';
export { reportStyle } from './style.js';
