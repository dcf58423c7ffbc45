import { oneOf, type Rule } from '../../options.js';
import { paperTaskNames, type PaperTask } from './paperResults.js';

/** Which of the paper's tasks, or none. */
export const paperTaskRule: Rule<PaperTask | false> = oneOf(...(Object.keys(paperTaskNames) as PaperTask[]), false);
