import { plural } from '../../format.js';
import { html } from '../../markup.js';
import type { ReportInput } from '../input.js';
import { paperNotes } from '../../paper/index.js';
import { classesTable, modelTable, stageNames, tableMarkup, tableSettings } from '../../tables/index.js';
import type { Section } from './section.js';

/** The paper's step 11: several backbones on one split and one schedule, a table a stage. */
export function comparisonSection(
  { comparison, paperTask, stages }: ReportInput,
  confidence: number,
): Section | undefined {
  if (comparison === undefined || comparison.rows.length === 0) return undefined;
  const settings = tableSettings(comparison, { confidence, ...(paperTask !== undefined && { paperTask }) });
  const { rows } = comparison;
  const failed = rows.filter((row) => 'error' in row).length;
  const places = stageNames(comparison).map((_, stage) => stage);
  // The results section has said it already, where there is one.
  const notesAreDue = settings.paperTask !== undefined && (stages ?? []).length === 0;
  return {
    id: 'comparison',
    heading: 'Comparison',
    body: [
      html`<p>
        ${plural(rows.length, 'model')} on one split, with one schedule and from one
        seed${failed > 0 && `; ${failed} failed`}.
      </p> `,
      places.map((stage) => tableMarkup(modelTable(comparison, stage, settings))),
      notesAreDue &&
        html`<div class="note">
          <p>Rows of the paper (Lu and Nguyen) are quoted as context, not as a comparison on equal terms:</p>
          <ul>
            ${paperNotes.map((note) => html`<li>${note}</li>`)}
          </ul>
        </div>`,
      places.map(
        (stage) =>
          html`<details>
            <summary>By class, after <bdi>${rows[0]?.spec.stages[stage]?.name ?? ''}</bdi></summary>
            ${tableMarkup(classesTable(comparison, stage, settings))}
          </details> `,
      ),
    ],
  };
}
