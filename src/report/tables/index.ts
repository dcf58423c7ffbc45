export { comparisonTableDefaults, stageNames, tableSettings, type ComparisonTableOptions } from './settings.js';
export {
  classMarkup,
  classTable,
  metricsMarkup,
  metricsRow,
  metricsTable,
  testResult,
  type MetricsRow,
} from './metricsTable.js';
export { classesTable } from './classesTable.js';
export { comparisonTable } from './comparisonTable.js';
export { modelTable } from './modelTable.js';
export { tableMarkup } from './formats.js';
