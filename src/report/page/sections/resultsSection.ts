import { classificationReport, confusionMatrix } from '../../../metrics/index.js';
import { chartBox, confusionChart, renderChart } from '../../charts/index.js';
import { capitalized, confidencePercent } from '../../format.js';
import type { ReportStage, ReportTask } from '../input.js';
import { html, type Markup, type MarkupValue } from '../../markup.js';
import { classMarkup, metricsMarkup, metricsRow, quotedRow } from '../../tables/index.js';
import { paperNotes, paperTable, type PaperTable, type PaperTask } from '../../paper/index.js';
import { paperTaskOf, taskName } from '../task.js';
import { subheading, type HeadingLevel } from './section.js';

/** Metric tables in the form of Tables I–VI, confusion matrices (Fig. 7) and class tables of one task. */
export async function taskResults(task: ReportTask, confidence: number, level: HeadingLevel): Promise<MarkupValue> {
  const stages = (task.stages ?? []).filter((stage) => stage.test !== undefined || stage.validation !== undefined);
  if (stages.length === 0) return undefined;
  const paperTask = paperTaskOf(task);
  const tables = stages.map((stage) =>
    stageTable(stage, taskName(task), paperTask && quoted(paperTask, task, stage), confidence),
  );
  const matrices: Markup[] = [];
  for (const stage of stages) if (stage.test !== undefined) matrices.push(await matrixFigure(stage, stage.test));
  return [
    tables,
    html`<p class="note">
      In per cent. Brackets: Wilson’s ${confidencePercent(confidence)} % interval of the test accuracy. Precision,
      recall and F1 are means over the classes weighted by support, on the test part.
    </p>`,
    paperTask !== undefined &&
      html`<div class="note">
        <p>The lower rows are quoted from the paper (Lu and Nguyen) as context, not as a comparison on equal terms:</p>
        <ul>
          ${paperNotes.map((note) => html`<li>${note}</li>`)}
        </ul>
      </div>`,
    matrices.length > 0 &&
      html`${subheading(level, 'Confusion matrices, test part')}
        <div class="matrices">${matrices}</div>
        <p class="note">Each cell: number of images and share of its row.</p>`,
    stages.map(
      (stage) =>
        stage.test &&
        classMarkup(classificationReport(stage.test), stage.test.classes, `By class, test part, after ${stage.name}`),
    ),
  ];
}

function stageTable(stage: ReportStage, task: string, paper: PaperTable | undefined, confidence: number): Markup {
  const own = metricsRow('This run', stage, confidence);
  const form = paper === undefined ? '' : ` (in the form of Table ${paper.number})`;
  return metricsMarkup(
    [own, ...(paper?.rows.map(quotedRow) ?? [])],
    `${capitalized(task)}, after ${stage.name}${form}`,
  );
}

function quoted(paperTask: PaperTask, task: ReportTask, stage: ReportStage): PaperTable | undefined {
  return paperTable(paperTask, (task.stages ?? []).indexOf(stage));
}

async function matrixFigure(stage: ReportStage, test: NonNullable<ReportStage['test']>): Promise<Markup> {
  const svg = await renderChart(confusionChart(confusionMatrix(test)));
  return html`<figure class="chart">
    <figcaption>After <bdi>${stage.name}</bdi></figcaption>
    ${chartBox(svg)}
  </figure> `;
}
