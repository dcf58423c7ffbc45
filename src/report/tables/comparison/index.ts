export { comparisonRule } from './comparisonRule.js';
export { comparisonTable } from './comparisonTable.js';
export { comparisonTableDefaults, stageNames, tableSettings, type ComparisonTableOptions } from './settings.js';
export { modelTable } from './modelTable.js';
export { classesTable } from './classesTable.js';
