export { sectionMarkup, type HeadingLevel, type Section } from './section.js';
export { comparisonSection } from './comparisonSection.js';
export { datasetSection } from './datasetSection.js';
export { explanationsSection } from './explanationsSection.js';
export { modelSection } from './modelSection.js';
export { runSection } from './runSection.js';
export { summary } from './summary.js';
export { taskResults } from './resultsSection.js';
export { trainingCurves } from './trainingSection.js';
