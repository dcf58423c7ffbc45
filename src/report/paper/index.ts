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
