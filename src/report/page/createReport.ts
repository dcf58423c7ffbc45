import { requireOptions } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import { createReportDefaults, type ReportInput, type CreateReportOptions, type ReportTask } from './input.js';
import { html, trusted, type Markup, type MarkupValue } from '../markup.js';
import {
  comparisonSection,
  datasetSection,
  explanationsSection,
  modelSection,
  runSection,
  sectionMarkup,
  summary,
  taskResults,
  trainingCurves,
  type HeadingLevel,
  type Section,
} from './sections/index.js';
import { reportStyle } from './style.js';
import { taskClasses, taskName } from './task.js';

/**
 * One self-contained HTML page of a run: the data set, the model, the curves, the results in the form of the paper's
 * tables, confusion matrices, a comparison of backbones, explanations, and what was run. It loads nothing from anywhere, and its own policy
 * forbids it to; it runs no script. Sections without input are left out.
 *
 * Pictures of the gallery are read through `sample.load()`; one that cannot be read is listed with its error.
 *
 * @returns the page as text: a few hundred kilobytes for an ordinary run.
 * @throws SpineError `dependency-missing` if vega, vega-lite or vega-interpreter is not installed (needed for charts);
 *   `invalid-argument` for options out of range, a date that is none, or a stage that unfreezes from an unknown layer; and what the metrics throw.
 */
export async function createReport(input: ReportInput, options: CreateReportOptions = {}): Promise<string> {
  requireOptions('createReport', input, '{} for its input');
  const {
    thumbnailsPerClass = createReportDefaults.thumbnailsPerClass,
    thumbnailSide = createReportDefaults.thumbnailSide,
    confidence = createReportDefaults.confidence,
  } = options;
  const signal = options.signal;
  checkOptions({ thumbnailsPerClass, thumbnailSide, confidence });
  checkDate(input.date);
  signal?.throwIfAborted();

  const title = input.title ?? createReportDefaults.title;
  const sections: (Section | undefined)[] = [
    await datasetSection(input, taskClasses(input), { thumbnailsPerClass, thumbnailSide, signal }),
    modelSection(input),
    await tasksSection('training', 'Training', input, trainingCurves),
    await tasksSection('results', 'Results', input, (task, level) => taskResults(task, confidence, level)),
    comparisonSection(input, confidence),
    await explanationsSection(input, signal),
    runSection(input),
  ];
  signal?.throwIfAborted();
  return page(
    title,
    summary(input, title, confidence),
    sections.filter((section) => section !== undefined),
  );
}

/** A section over all tasks, with a heading for each where there are several. */
async function tasksSection(
  id: string,
  heading: string,
  input: ReportInput,
  make: (task: ReportTask, level: HeadingLevel) => Promise<MarkupValue>,
): Promise<Section | undefined> {
  const several = (input.furtherTasks ?? []).length > 0;
  const bodies: { readonly name: string; readonly body: MarkupValue }[] = [];
  for (const task of [input, ...(input.furtherTasks ?? [])]) {
    const body = await make(task, several ? 4 : 3);
    if (body !== undefined) bodies.push({ name: taskName(task), body });
  }
  if (bodies.length === 0) return undefined;
  return {
    id,
    heading,
    body: bodies.map(({ name, body }) => [several && html`<h3 class="task"><bdi>${name}</bdi></h3>`, body]),
  };
}

function page(title: string, head: Markup, sections: readonly Section[]): string {
  const contents = html`<nav aria-label="Contents">
    <ul>
      ${sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}
    </ul>
  </nav> `;
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="spine-xray-ml" />
        <title>${title}</title>
        <style>
          ${trusted(reportStyle)}
        </style>
      </head>
      <body>
        ${head}${sections.length > 1 && contents}
        <main>${sections.map(sectionMarkup)}</main>
      </body>
    </html> `.text;
}

function checkDate(date: Date | undefined): void {
  const sound =
    date === undefined ||
    (typeof (date as Partial<Date> | null)?.getTime === 'function' && !Number.isNaN(date.getTime()));
  if (!sound)
    throw new SpineError(
      'invalid-argument',
      `date must be a valid Date, got ${String(date)}. Leave it out for the time of making.`,
    );
}

function checkOptions(
  options: Required<Pick<CreateReportOptions, 'thumbnailsPerClass' | 'thumbnailSide' | 'confidence'>>,
): void {
  const { thumbnailsPerClass, thumbnailSide, confidence } = options;
  const refuse = (what: string, given: number) => {
    throw new SpineError('invalid-argument', `${what}, got ${given}.`);
  };
  if (!Number.isInteger(thumbnailsPerClass) || thumbnailsPerClass < 0) {
    refuse('thumbnailsPerClass must be a whole number of at least 0', thumbnailsPerClass);
  }
  if (!Number.isInteger(thumbnailSide) || thumbnailSide < 1) {
    refuse('thumbnailSide must be a whole number of pixels of at least 1', thumbnailSide);
  }
  if (!(confidence > 0 && confidence < 1)) refuse('confidence must lie between 0 and 1, both excluded', confidence);
}
