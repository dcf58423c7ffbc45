/**
 * The figures of Q. T. Lu and T. M. Nguyen, "An Approach to Classifying X-Ray Images of Scoliosis and Spondylolisthesis
 * Based on Fine-Tuned Xception Model", Tables I–VI, in per cent as printed, with notes where they do not add up.
 */

import type { BackboneName } from '../../models/index.js';

/** The paper's three classification tasks. */
export type PaperTask = 'scoliosis-normal' | 'spondylolisthesis-normal' | 'three-classes';

/** A row of Tables I–VI, in per cent. */
export interface PaperRow {
  readonly model: string;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** What about this row does not add up, or misleads. */
  readonly note?: string;
}

/** One of Tables I–VI. */
export interface PaperTable {
  readonly number: 'I' | 'II' | 'III' | 'IV' | 'V' | 'VI';
  readonly task: PaperTask;
  readonly stage: 'transfer learning' | 'fine tuning';
  readonly rows: readonly PaperRow[];
}

/** How each task is called in text. */
export const paperTaskNames: Readonly<Record<PaperTask, string>> = {
  'scoliosis-normal': 'scoliosis–normal',
  'spondylolisthesis-normal': 'spondylolisthesis–normal',
  'three-classes': 'three classes',
};

/** What the paper calls the backbones that it compares. */
export const paperModelNames: Readonly<Partial<Record<BackboneName | 'efficientnetB3', string>>> = {
  efficientnetB3: 'EfficientNetB3',
  densenet169: 'DenseNet169',
  vgg19: 'VGG19',
  resnet101: 'ResNet101',
  xception: 'Xception',
};

/** What to know before any figure of the paper is compared with a new one. */
export const paperNotes: readonly string[] = [
  'The paper augments 338 films to 3500 images and divides those at random, so that nearly every test image has copies of the same film in training: its figures measure recognition of a seen film under another rotation.',
  'Its split of 8:1:1 leaves 350 test images, yet every accuracy printed is a whole number of 700ths; the paper does not say which.',
  'It gives no interval and repeats no run, and states no seed, learning rate, number of epochs or unfrozen depth.',
  'On three classes its Xception gains 17 points by fine tuning (80.71 to 97.86, Tables V and VI), although frozen ImageNet features of Xception with a linear head reach 97 in cross-validation by film on the same films, as measured for this library: its first stage was not trained to convergence, and the gain does not measure what fine tuning adds.',
  'The two-class figures of its abstract (98.86 and 99.57) are validation accuracies; the test accuracies of its Tables II and IV are 99.14 and 99.43.',
];

const recallNote =
  'Recall differs from test accuracy here, which a recall averaged over classes by support cannot; in the rows without this mark the two agree.';

const convergenceNote =
  'From 80.71 (V) to 97.86 (VI) by fine tuning: frozen ImageNet features with a linear head reach 97 in cross-validation by film, so the first stage was not trained to convergence.';

const abstractNote = (validation: string, test: string) =>
  `The abstract’s ${validation} is this row’s validation accuracy; the test accuracy is ${test}.`;

type Figures = readonly [validation: number, test: number, precision: number, recall: number, f1: number];

const row = (
  model: string,
  [validationAccuracy, testAccuracy, precision, recall, f1]: Figures,
  note?: string,
): PaperRow => ({
  model,
  validationAccuracy,
  testAccuracy,
  precision,
  recall,
  f1,
  ...(note === undefined ? {} : { note }),
});

/** Tables I–VI. */
export const paperTables: readonly PaperTable[] = [
  {
    number: 'I',
    task: 'scoliosis-normal',
    stage: 'transfer learning',
    rows: [
      row('EfficientNetB3', [99.0, 97.71, 97.74, 97.71, 97.72]),
      row('DenseNet169', [88.29, 87.43, 87.24, 87.43, 87.31]),
      row('VGG19', [94.29, 80.14, 90.86, 90.86, 90.86], recallNote),
      row('ResNet101', [99.14, 98.29, 98.29, 98.29, 98.29]),
      row('Xception', [87.0, 83.86, 84.33, 83.86, 84.05]),
    ],
  },
  {
    number: 'II',
    task: 'scoliosis-normal',
    stage: 'fine tuning',
    rows: [
      row('EfficientNetB3', [97.71, 97.43, 97.42, 97.43, 97.42]),
      row('DenseNet169', [96.0, 94.0, 93.94, 94.0, 93.95]),
      row('VGG19', [73.71, 73.57, 54.13, 73.57, 62.37]),
      row('ResNet101', [79.57, 78.57, 77.09, 78.57, 75.9]),
      row('Xception', [98.86, 99.14, 99.14, 99.14, 99.14], abstractNote('98.86', '99.14')),
    ],
  },
  {
    number: 'III',
    task: 'spondylolisthesis-normal',
    stage: 'transfer learning',
    rows: [
      row('EfficientNetB3', [99.86, 100, 100, 100, 100]),
      row('DenseNet169', [97.57, 97.71, 97.72, 97.71, 97.72]),
      row('VGG19', [99.71, 99.57, 99.57, 99.57, 99.57]),
      row('ResNet101', [99.86, 99.86, 99.86, 99.86, 99.86]),
      row('Xception', [96.43, 95.57, 95.59, 95.57, 95.57]),
    ],
  },
  {
    number: 'IV',
    task: 'spondylolisthesis-normal',
    stage: 'fine tuning',
    rows: [
      row('EfficientNetB3', [99.86, 99.14, 99.14, 99.14, 99.14]),
      row('DenseNet169', [99.14, 98.86, 98.87, 98.86, 98.86]),
      row('VGG19', [93.29, 91.43, 91.5, 91.43, 91.44]),
      row('ResNet101', [97.14, 97.0, 97.03, 97.0, 97.0]),
      row('Xception', [99.57, 99.43, 99.43, 99.43, 99.43], abstractNote('99.57', '99.43')),
    ],
  },
  {
    number: 'V',
    task: 'three-classes',
    stage: 'transfer learning',
    rows: [
      row('EfficientNetB3', [98.86, 97.71, 97.77, 97.71, 97.73]),
      row('DenseNet169', [88.43, 86.43, 87.27, 86.43, 86.67]),
      row('VGG19', [91.86, 64.43, 89.4, 89.0, 89.03], recallNote),
      row('ResNet101', [99.0, 97.71, 97.74, 97.71, 97.72]),
      row('Xception', [82.0, 80.71, 80.45, 80.71, 79.97], convergenceNote),
    ],
  },
  {
    number: 'VI',
    task: 'three-classes',
    stage: 'fine tuning',
    rows: [
      row('EfficientNetB3', [96.86, 96.71, 96.75, 96.71, 96.72]),
      row('DenseNet169', [95.71, 93.57, 93.65, 93.57, 93.6]),
      row('VGG19', [69.57, 26.0, 53.17, 67.0, 59.1], recallNote),
      row('ResNet101', [84.29, 82.57, 82.74, 82.57, 82.14]),
      row('Xception', [99.0, 97.86, 97.88, 97.86, 97.86], convergenceNote),
    ],
  },
];

/** The paper's table for a task after its first (0: transfer learning) or second (1: fine tuning) stage. */
export function paperTable(task: PaperTask, stage: number): PaperTable | undefined {
  const name = (['transfer learning', 'fine tuning'] as const)[stage];
  return paperTables.find((table) => table.task === task && table.stage === name);
}

/** The paper's task with these classes, in any order and letter case; none if they are others. */
export function recognizePaperTask(classes: readonly string[]): PaperTask | undefined {
  const key = classes
    .map((name) => name.toLowerCase())
    .sort()
    .join(' ');
  return tasksByClasses.get(key);
}

const tasksByClasses: ReadonlyMap<string, PaperTask> = new Map([
  ['normal scoliosis', 'scoliosis-normal'],
  ['normal spondylolisthesis', 'spondylolisthesis-normal'],
  ['normal scoliosis spondylolisthesis', 'three-classes'],
]);
