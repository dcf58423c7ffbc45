export { rowsOf, type Column } from './table.js';
export { tableMarkup } from './markup.js';
export { metricsMarkup, metricsRow, metricsTable, quotedRow, testResult, type MetricsRow } from './metricsTable.js';
export { classMarkup, classTable } from './classTable.js';
export {
  classesTable,
  comparisonRule,
  comparisonTable,
  comparisonTableDefaults,
  modelTable,
  stageNames,
  tableSettings,
  type ComparisonTableOptions,
} from './comparison/index.js';
