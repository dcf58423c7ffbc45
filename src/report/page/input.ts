import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  abortSignal,
  listOf,
  openFraction,
  optionsOf,
  record,
  required,
  text,
  wholeNumber,
  type Rule,
  type Rules,
} from '../../options.js';
import type { Comparison } from '../../study/index.js';
import { partsRule, type Dataset } from '../../dataset/index.js';
import type { Explanation } from '../../explain/index.js';
import type { Box } from '../../image/index.js';
import type { History, Stage } from '../../training/index.js';
import { wilsonDefaults } from '../../metrics/index.js';
import { historyRule } from '../charts/index.js';
import { unfreezeRule, type ModelDescription } from '../model/index.js';
import { paperTaskRule, type PaperTask } from '../paper/index.js';
import { predictionsRule, type Predictions } from '../../predictions/index.js';
import { comparisonRule } from '../tables/index.js';
import { explanationRule } from '../pictures/index.js';
import { boxRule, modelRule, runRule, skippedRule, type RunValue, type SkippedFile } from './dataInput.js';

export type { RunValue, SkippedFile } from './dataInput.js';

/** What the model said after a stage. */
export interface ReportStage {
  readonly name: string;
  /** What the stage trained, as given to `fineTune`: shown beside the drawn model. */
  readonly unfreeze?: Stage['unfreeze'];
  readonly validation?: Predictions;
  readonly test?: Predictions;
}

/** One classification task: its training and its results. */
export interface ReportTask {
  /** Such as 'three classes'. Default: the paper's name of it, or how many classes there are. */
  readonly task?: string;
  /**
   * Which of the paper's tasks this is: its figures then stand beside the new ones. Default: recognized by the class
   * names normal, scoliosis and spondylolisthesis; `false` leaves the paper's figures out.
   */
  readonly paperTask?: PaperTask | false;
  /** What `fineTune` resolved to, whatever its objective counted. */
  readonly history?: History<string>;
  /** In the order they were run. The first is set beside the paper's transfer learning, the second beside its fine tuning. */
  readonly stages?: readonly ReportStage[];
}

/** One explained image. */
export interface ReportExplanation {
  readonly explanation: Explanation;
  readonly id: string;
  /** True class, where known. */
  readonly label?: string;
  /** Default: the output with the largest value. */
  readonly predicted?: string;
  /** Where a finding is known to lie, drawn as outlines: the region of a phantom's truth, say. */
  readonly region?: readonly Box[];
}

/** Everything a report may show. Whatever is absent is left out. */
export interface ReportInput extends ReportTask {
  readonly title?: string;
  /**
   * A sentence that says how the split lets copies of a test film into training: it becomes the first line. Default:
   * where `parts` share films or patients, a sentence with the number of test images concerned.
   */
  readonly leakageNotice?: string;
  /** The parts of the split, such as those of `splitDataset`, in order. */
  readonly parts?: Readonly<Record<string, Dataset>>;
  readonly skipped?: readonly SkippedFile[];
  readonly model?: LayersModel | ModelDescription;
  /** Other tasks than the main one, reported after it. */
  readonly furtherTasks?: readonly ReportTask[];
  /** Several backbones on one split, as `compareBackbones` gives them. */
  readonly comparison?: Comparison;
  readonly explanations?: readonly ReportExplanation[];
  /** What was run: seeds, versions, backend, options, durations. Nested records become groups; one that holds itself says so. */
  readonly run?: Readonly<Record<string, RunValue>>;
  /** Default: now. */
  readonly date?: Date;
}

/** How a report is made. */
export interface CreateReportOptions {
  /** Pictures per class in the gallery. Default 6; 0 leaves the gallery out. */
  readonly thumbnailsPerClass?: number;
  /** Longest side of a gallery picture in pixels. Default 128. */
  readonly thumbnailSide?: number;
  /** Confidence of the intervals. Default 0.95. */
  readonly confidence?: number;
  /** Aborts the making; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

export const reportStage = optionsOf<ReportStage>('a stage of a report', {
  name: required(text),
  unfreeze: unfreezeRule,
  validation: predictionsRule,
  test: predictionsRule,
});

const taskRules: Rules<ReportTask> = {
  task: text,
  paperTask: paperTaskRule,
  history: historyRule,
  stages: listOf(record(reportStage)),
};

export const reportTask = optionsOf<ReportTask>('a task of a report', taskRules);

export const reportExplanation = optionsOf<ReportExplanation>('an explanation of a report', {
  explanation: required(explanationRule),
  id: required(text),
  label: text,
  predicted: text,
  region: listOf(boxRule),
});

const validDate: Rule<Date> = {
  expects: 'a valid Date',
  accepts: (given) => typeof (given as Partial<Date> | null)?.getTime === 'function' && !Number.isNaN(Number(given)),
  advice: () => 'Leave it out for the time of making.',
};

/** What a report says where its input says nothing. */
export const reportInputDefaults = { title: 'Spine radiograph classification' } as const satisfies ReportInput;

export const reportInput = optionsOf<ReportInput, typeof reportInputDefaults>(
  'the input of createReport',
  {
    ...taskRules,
    title: text,
    leakageNotice: text,
    parts: partsRule,
    skipped: listOf(skippedRule),
    model: modelRule,
    furtherTasks: listOf(record(reportTask)),
    comparison: comparisonRule,
    explanations: listOf(record(reportExplanation)),
    run: runRule,
    date: validDate,
  },
  reportInputDefaults,
);

/** The defaults of {@link CreateReportOptions}. */
export const createReportDefaults = {
  thumbnailsPerClass: 6,
  thumbnailSide: 128,
  confidence: wilsonDefaults.confidence,
} as const satisfies CreateReportOptions;

export const createReportOptions = optionsOf<CreateReportOptions, typeof createReportDefaults>(
  'createReport',
  {
    thumbnailsPerClass: wholeNumber(0),
    thumbnailSide: wholeNumber(1),
    confidence: openFraction,
    signal: abortSignal,
  },
  createReportDefaults,
);
