import type { ReportTask } from './input.js';
import { paperTaskNames, recognizePaperTask, type PaperTask } from '../paper/index.js';

/** The classes of a task, from its predictions. */
export function taskClasses(task: ReportTask): readonly string[] {
  for (const stage of task.stages ?? []) {
    const predictions = stage.test ?? stage.validation;
    if (predictions !== undefined) return predictions.classes;
  }
  return [];
}

/** Which of the paper's tasks this is, said or recognized. */
export function paperTaskOf(task: ReportTask): PaperTask | undefined {
  if (task.paperTask === false) return undefined;
  return task.paperTask ?? recognizePaperTask(taskClasses(task));
}

/** How the task is called. */
export function taskName(task: ReportTask): string {
  if (task.task !== undefined) return task.task;
  const paper = paperTaskOf(task);
  return paper === undefined ? `${taskClasses(task).length} classes` : paperTaskNames[paper];
}
