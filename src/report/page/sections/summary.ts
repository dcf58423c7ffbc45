import { confidencePercent, percent, plural } from '../../format.js';
import type { ReportInput, ReportTask } from '../input.js';
import { html, type Markup } from '../../markup.js';
import { testResult } from '../../tables/index.js';
import { sharedFamiliesNotice } from '../sharedFamilies.js';
import { taskName } from '../task.js';

/** The head of the page: what must be known first, the title, the result in a line, what the report is not. */
export function summary(input: ReportInput, title: string, confidence: number): Markup {
  const date = input.date ?? new Date();
  return html`${leakage(input)}
    <header>
      <h1><bdi>${title}</bdi></h1>
      ${[input, ...(input.furtherTasks ?? [])].map((task) => resultLine(task, confidence))}
      <p class="disclaimer">
        Research software, not for diagnosis. <time datetime="${date.toISOString()}">${dateText(date)}</time>
      </p>
    </header> `;
}

function leakage({ leakageNotice, parts }: ReportInput): Markup | undefined {
  const notice = leakageNotice ?? sharedFamiliesNotice(parts);
  if (notice === undefined) return undefined;
  const heading = leakageNotice === undefined ? 'The parts share films or patients.' : 'Copies cross the split.';
  return html`<p class="leakage" role="note"><strong>${heading}</strong> <bdi>${notice}</bdi></p> `;
}

function resultLine(task: ReportTask, confidence: number): Markup | undefined {
  const stage = task.stages?.filter(({ test }) => test !== undefined).at(-1);
  if (stage?.test === undefined) return undefined;
  const { correct, total, accuracy, interval, groups } = testResult(stage.test, confidence);
  return html`<p class="result">
      <strong>Test accuracy ${percent(accuracy)} %</strong> (${confidencePercent(confidence)} % interval
      ${percent(interval.low)} to ${percent(interval.high)} %; ${correct} of ${plural(total, 'image')} right):
      <bdi>${taskName(task)}</bdi>, after <bdi>${stage.name}</bdi>.
    </p>
    ${
      groups < total &&
      html`<p class="note">
        These ${plural(total, 'image')} come from ${plural(groups, 'film or patient', 'films or patients')}; the
        interval takes them as independent and is too narrow by that.
      </p> `
    }`;
}

function dateText(date: Date): string {
  const [day, time = ''] = date.toISOString().split('T');
  return `${day} ${time.slice(0, 5)} UTC`;
}
