import { classNames, type Dataset, type Sample } from '../../../dataset/index.js';
import { chartBox, classCountsChart, renderChart, type ClassCounts } from '../../charts/index.js';
import { count, plural } from '../../format.js';
import type { ReportInput, SkippedFile } from '../input.js';
import { html, trusted, type Markup } from '../../markup.js';
import { seriesColors } from '../../palette.js';
import { pngDataUri, thumbnail } from '../../pictures/index.js';
import { rowsOf, tableMarkup, type Column } from '../../tables/index.js';
import type { Section } from './section.js';

/** A class, or what has none: `undefined`, since any text may be the name of a class. */
type Label = string | undefined;

const labelText = (label: Label) => label ?? '(no label)';

/** How the gallery is made. */
export interface GalleryOptions {
  readonly thumbnailsPerClass: number;
  readonly thumbnailSide: number;
  readonly signal: AbortSignal | undefined;
}

/** The data set: pictures by class (Fig. 4), numbers by class and part, files left out. */
export async function datasetSection(
  { parts, skipped = [] }: ReportInput,
  classes: readonly string[],
  options: GalleryOptions,
): Promise<Section | undefined> {
  const samples = Object.values(parts ?? {}).flat();
  if (samples.length === 0 && skipped.length === 0) return undefined;
  const labels = allLabels(samples, classes);
  const { pictures, failures } = await gallery(samples, labels, options);
  return {
    id: 'data',
    heading: 'Data set',
    body: [
      samples.length > 0 && (await countsFigure(countByLabel(parts ?? {}, labels), samples)),
      pictures,
      skippedFiles([...skipped, ...failures]),
    ],
  };
}

/** Classes in the order of the predictions, then those that only the data set has, then no label, where it occurs. */
function allLabels(samples: Dataset, classes: readonly string[]): Label[] {
  const found = classNames(samples);
  const known = classes.filter((name) => found.includes(name));
  const unlabelled = samples.some(({ label }) => label === undefined) ? [undefined] : [];
  return [...known, ...found.filter((name) => !known.includes(name)), ...unlabelled];
}

function countByLabel(parts: Readonly<Record<string, Dataset>>, labels: readonly Label[]): ClassCounts {
  const counts = labels.map((label) =>
    Object.values(parts).map((part) => part.filter((sample) => sample.label === label).length),
  );
  return { classes: labels.map(labelText), parts: Object.keys(parts), counts };
}

async function countsFigure(table: ClassCounts, samples: Dataset): Promise<Markup> {
  const svg = await renderChart(classCountsChart(table));
  const named = classNames(samples).length;
  const unlabelled = samples.filter(({ label }) => label === undefined).length;
  return html`<p>
      ${plural(samples.length, 'image')} in
      ${plural(named, 'class', 'classes')}${unlabelled > 0 && `, ${count(unlabelled)} of them without a label`}.
    </p>
    <div class="beside">
      <figure class="chart">
        ${chartBox(svg)}
        <figcaption>
          ${table.parts.map(
            (part, index) =>
              html`<span class="key"
                ><svg width="10" height="10" aria-hidden="true">
                  <rect width="10" height="10" rx="2" fill="${seriesColors[index % seriesColors.length]}" />
                </svg>
                <bdi>${part}</bdi></span
              > `,
          )}
        </figcaption>
      </figure>
      ${countsTable(table)}
    </div>`;
}

/** The numbers of the figure, with sums. */
function countsTable({ classes, parts, counts }: ClassCounts): Markup {
  interface Line {
    readonly name: string;
    readonly counts: readonly number[];
  }
  const lines = classes.map((name, index): Line => ({ name, counts: counts[index] ?? [] }));
  const all: Line = { name: 'all', counts: parts.map((_, part) => sum(counts.map((line) => line[part] ?? 0))) };
  const columns: readonly Column<Line>[] = [
    { heading: 'Class', value: ({ name }) => name },
    ...parts.map((part, index) => ({ heading: part, value: (line: Line) => line.counts[index], figure: count })),
    { heading: 'all', value: (line) => sum(line.counts), figure: count },
  ];
  return tableMarkup({
    caption: 'Images by class and part of the split',
    columns,
    rows: [...rowsOf(lines), ...rowsOf([all], 'mean')],
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

interface Gallery {
  readonly pictures: Markup | undefined;
  readonly failures: readonly SkippedFile[];
}

async function gallery(samples: Dataset, labels: readonly Label[], options: GalleryOptions): Promise<Gallery> {
  if (options.thumbnailsPerClass < 1) return { pictures: undefined, failures: [] };
  const failures: SkippedFile[] = [];
  const rows: Markup[] = [];
  for (const label of labels) {
    const pictures: Markup[] = [];
    for (const sample of spread(originals(samples, label), options.thumbnailsPerClass)) {
      options.signal?.throwIfAborted();
      try {
        pictures.push(await picture(sample, options));
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push({ file: sample.id, error: error instanceof Error ? error : String(error) });
      }
    }
    if (pictures.length > 0)
      rows.push(
        html`<div>
          <h3><bdi>${labelText(label)}</bdi></h3>
          <div class="gallery">${pictures}</div>
        </div> `,
      );
  }
  return { pictures: rows.length > 0 ? html`<div class="classes">${rows}</div>` : undefined, failures };
}

/** Pictures of films rather than of copies, where there are any. */
function originals(samples: Dataset, label: Label): Dataset {
  const ofClass = samples.filter((sample) => sample.label === label);
  const first = ofClass.filter((sample) => sample.source === undefined);
  return first.length > 0 ? first : ofClass;
}

/** `number` of the items, evenly spaced, so that the choice depends on nothing but the data. */
function spread<T>(items: readonly T[], number: number): T[] {
  if (items.length <= number) return [...items];
  return Array.from({ length: number }, (_, index) => items[Math.floor((index * items.length) / number)] as T);
}

async function picture(sample: Sample, { thumbnailSide, signal }: GalleryOptions): Promise<Markup> {
  const small = thumbnail(await sample.load(signal === undefined ? {} : { signal }), thumbnailSide);
  const uri = await pngDataUri(small);
  return html`<img
    src="${trusted(uri)}"
    width="${small.width}"
    height="${small.height}"
    alt="${labelText(sample.label)}: ${sample.id}"
    title="${sample.id}"
  />`;
}

function skippedFiles(skipped: readonly SkippedFile[]): Markup | undefined {
  if (skipped.length === 0) return undefined;
  const list = html`<dl class="skipped">
    ${skipped.map(
      ({ file, error }) =>
        html`<dt><bdi>${file}</bdi></dt>
          <dd><bdi>${error instanceof Error ? error.message : error}</bdi></dd> `,
    )}
  </dl>`;
  const heading = `${plural(skipped.length, 'file')} left out`;
  return skipped.length <= 10
    ? html`<h3>${heading}</h3>
        ${list}`
    : html`<details>
        <summary>${heading}</summary>
        ${list}
      </details>`;
}
