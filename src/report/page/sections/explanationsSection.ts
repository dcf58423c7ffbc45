import { count, plural, real } from '../../format.js';
import type { ReportExplanation, ReportInput } from '../input.js';
import { html, trusted, type Markup } from '../../markup.js';
import { overlay, pngDataUri, redTransparentBlue, sharedScale, thumbnail } from '../../pictures/index.js';
import type { Section } from './section.js';

/** Explanations drawn over their images (Fig. 14): a row an image, the original first, then each output. */
export async function explanationsSection(
  { explanations = [] }: ReportInput,
  signal: AbortSignal | undefined,
): Promise<Section | undefined> {
  if (explanations.length === 0) return undefined;
  const scale = sharedScale(explanations.map(({ explanation }) => explanation));
  const rows: Markup[] = [];
  for (const explained of explanations) {
    signal?.throwIfAborted();
    rows.push(await explainedRow(explained, scale));
  }
  return {
    id: 'explanations',
    heading: 'Explanations',
    body: html`<p>
        SHAP values of image regions (Partition Explainer), summed over channels: red raised the output for a class,
        blue lowered it. All pictures share one scale. What is red mattered to this model; that does not make it a
        finding. Where the output is near its base value, there is little to explain. Dashed outlines, where there are
        any, show where a known finding lies.
      </p>
      ${rows} ${await colorBar(scale)}`,
  };
}

async function explainedRow(explained: ReportExplanation, scale: number): Promise<Markup> {
  const { explanation, id, label, region } = explained;
  const predicted = explained.predicted ?? explanation.outputNames[largest(explanation.outputValues)] ?? '–';
  const height = explanation.image.shape[0]!;
  const width = explanation.image.shape[1]!;
  const panels = [
    html`<figure>
      ${panelPicture(await pngDataUri(thumbnail(explanation.image, Math.max(height, width))), `${id}, as the model sees it`, region)}
      <figcaption>original <span class="detail">as the model sees it</span></figcaption>
    </figure> `,
  ];
  for (const [output, name] of explanation.outputNames.entries()) {
    const uri = await pngDataUri(overlay(explanation, output, { scale }));
    const value = real(explanation.outputValues[output] ?? NaN);
    const base = real(explanation.baseValues[output] ?? NaN);
    panels.push(
      html`<figure>
        ${panelPicture(uri, `SHAP values of ${id} for ${name}: output ${value}, base value ${base}`, region)}
        <figcaption><bdi>${name}</bdi> <span class="detail">output ${value}, base ${base}</span></figcaption>
      </figure> `,
    );
  }
  const verdict = label === undefined ? '' : label === predicted ? 'right' : 'wrong';
  return html`<div class="explained">
    <h3 class="id"><bdi>${id}</bdi></h3>
    <p class="verdict">
      ${
        label !== undefined &&
        html`True class <strong><bdi>${label}</bdi></strong
          >, predicted `
      }${label === undefined && 'Predicted '}<strong class="${verdict}"><bdi>${predicted}</bdi></strong
      >${verdict !== '' && ` (${verdict})`}
      <span class="detail"
        >${plural(explanation.evaluations, 'evaluation')}, ${count(explanation.batchSize)} at a time, masker
        <bdi>${explanation.masker}</bdi></span
      >
    </p>
    <div class="panels">${panels}</div>
  </div> `;
}

function panelPicture(uri: string, words: string, region: ReportExplanation['region']): Markup {
  const outlines = region?.map(({ left, top, right, bottom }) => {
    const place = html`x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"`;
    return html`<rect class="halo" ${place} /><rect ${place} />`;
  });
  return html`<div class="panel">
    <img src="${trusted(uri)}" alt="${words}" />${
      outlines !== undefined &&
      outlines.length > 0 &&
      html`<svg
        class="region"
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        role="img"
        aria-label="where the known finding lies"
      >
        ${outlines}
      </svg>`
    }
  </div>`;
}

async function colorBar(scale: number): Promise<Markup> {
  const width = 256;
  const data = new Uint8Array(width * 3);
  for (let x = 0; x < width; x++) {
    const [red, green, blue, alpha] = redTransparentBlue(x / width);
    [red, green, blue].forEach((value, channel) => {
      data[3 * x + channel] = Math.round(value * alpha + 255 * (1 - alpha));
    });
  }
  const uri = await pngDataUri({ width, height: 1, channels: 3, data });
  const end = real(scale);
  return html`<figure class="colorbar">
    <img
      src="${trusted(uri)}"
      alt="Colours from blue (${end === '0' ? '0' : `−${end}`}) over white (0) to red (${end})"
    />
    <div class="ticks" aria-hidden="true">
      <span>${end === '0' ? '0' : `−${end}`}</span><span>0</span><span>${end}</span>
    </div>
    <figcaption>SHAP value</figcaption>
  </figure>`;
}

function largest(values: Float64Array): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}
