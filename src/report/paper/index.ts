export {
  paperModelNames,
  paperNotes,
  paperTable,
  paperTables,
  paperTaskNames,
  recognizePaperTask,
  type PaperRow,
  type PaperTable,
  type PaperTask,
} from './paperResults.js';
export { paperTaskRule } from './paperTaskRule.js';
