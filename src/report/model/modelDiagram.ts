import { SpineError } from '../../errors.js';
import { checked } from '../../options.js';
import { count, shapeText } from '../format.js';
import { html, type Markup } from '../markup.js';
import { rowsOf, tableMarkup, type Column } from '../tables/index.js';
import type { DiagramStage, LayerDescription, ModelBlock, ModelDescription } from './description.js';
import { descriptionRule, diagramStages } from './descriptionRule.js';

/**
 * The model as HTML, in the page’s style (`reportStyle`).
 *
 * @throws SpineError `invalid-argument` for what is no description or no stage, and if a stage unfreezes from a layer the
 *   model lacks.
 */
export function modelDiagram(description: ModelDescription, stages: readonly DiagramStage[] = []): string {
  checked('description', description, descriptionRule);
  checked('stages', stages, diagramStages);
  return modelFigure(description, stages).text;
}

/**
 * The model as a figure (Fig. 2): a box for each block in the order of the data, with the size of its output drawn to
 * scale, its shape, its parameters, and a mark for each stage that trains it.
 *
 * @throws SpineError `invalid-argument` if a stage unfreezes from a layer the model lacks.
 */
export function modelFigure(description: ModelDescription, stages: readonly DiagramStage[] = []): Markup {
  const trainable = stages.map((stage) => ({ name: stage.name, isTrained: trainedBy(description, stage) }));
  const layers = description.blocks.flatMap((block) => block.layers);
  const total = sum(layers, (layer) => layer.parameters);
  const largest = {
    side: Math.max(2, ...layers.map((layer) => mapSize(layer.outputShape).side)),
    depth: Math.max(2, ...layers.map((layer) => mapSize(layer.outputShape).depth)),
  };

  return html`<ol class="flow">
      ${description.blocks.map((block) => box(block, largest, trainable))}
    </ol>
    <p class="note">
      ${count(total)} parameters in all. Rectangles show each block’s output: height for the side of the map, width for
      its channels, both on logarithmic
      scales.${
        trainable.length > 0 &&
        html` Marks show what each stage trains:
        ${trainable.map(
          ({ name, isTrained }, index) =>
            html`${index > 0 && '; '}<span class="mark trained">${index + 1}</span> <bdi>${name}</bdi>,
              ${count(sum(layers.filter(isTrained), gradients))} parameters`,
        )}.
        A dashed mark: in part; an open one: frozen.`
      }
    </p>
    ${layerTable(description)}`;
}

type TrainedStage = { readonly name: string; readonly isTrained: (layer: LayerDescription) => boolean };

function box(block: ModelBlock, largest: MapSize, stages: readonly TrainedStage[]): Markup {
  const output = block.layers.at(-1)?.outputShape ?? [];
  const parameters = sum(block.layers, (layer) => layer.parameters);
  return html`<li class="${block.head === true ? 'head' : 'backbone'}">
    ${glyph(output, largest)}
    <div class="what">
      <strong>${block.name}</strong>${block.detail !== undefined && html` <span class="detail">${block.detail}</span>`}
    </div>
    <div class="size">
      <span class="shape">${shapeText(output)}</span>
      <span class="detail">${parameters === 0 ? 'no parameters' : `${count(parameters)} parameters`}</span>
    </div>
    <div class="marks">${stages.map((stage, index) => mark(block, stage, index))}</div>
  </li> `;
}

function mark(block: ModelBlock, { name, isTrained }: TrainedStage, index: number): Markup {
  const all = sum(block.layers, gradients);
  if (all === 0) return html`<span class="mark none" aria-hidden="true"></span>`;
  const trained = sum(block.layers.filter(isTrained), gradients);
  const state = trained === 0 ? 'frozen' : trained === all ? 'trained' : 'part';
  const words = { frozen: 'frozen in', trained: 'trained in', part: 'trained in part in' }[state];
  return html`<span class="mark ${state}" role="img" aria-label="${words} ${name}">${index + 1}</span>`;
}

interface MapSize {
  readonly side: number;
  readonly depth: number;
}

/** Side and channels of an output; a vector is a map of one pixel. */
function mapSize(output: readonly (number | null)[]): MapSize {
  return { side: output.length === 4 ? (output[1] ?? 1) : 1, depth: output.at(-1) ?? 1 };
}

/** The output as a rectangle: the smaller the map and the more its channels, the flatter and wider. */
function glyph(output: readonly (number | null)[], largest: MapSize): Markup {
  const { side, depth } = mapSize(output);
  const height = round(3 + (33 * Math.log(side)) / Math.log(largest.side));
  const width = round(3 + (33 * Math.log(depth)) / Math.log(largest.depth));
  return html`<svg class="glyph" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">
    <rect x="${round(20 - width / 2)}" y="${round(20 - height / 2)}" width="${width}" height="${height}" rx="1" />
  </svg>`;
}

const round = (value: number) => Math.round(10 * value) / 10;

interface PlacedLayer {
  readonly block: ModelBlock;
  readonly layer: LayerDescription;
}

const layerColumns: readonly Column<PlacedLayer>[] = [
  { heading: 'Layer', value: ({ layer }) => layer.name },
  { heading: 'Type', value: ({ layer }) => layer.type, detail: ({ layer }) => layer.detail },
  { heading: 'Block', value: ({ block }) => block.name },
  { heading: 'Output', value: ({ layer }) => shapeText(layer.outputShape), flushRight: true },
  { heading: 'Parameters', value: ({ layer }) => layer.parameters, figure: count },
];

function layerTable(description: ModelDescription): Markup {
  const layers = description.blocks.flatMap((block) => block.layers.map((layer) => ({ block, layer })));
  return html`<details>
    <summary>All ${count(layers.length)} layers</summary>
    ${tableMarkup({ columns: layerColumns, rows: rowsOf(layers) })}
  </details>`;
}

function trainedBy(
  description: ModelDescription,
  { name, unfreeze }: DiagramStage,
): (layer: LayerDescription) => boolean {
  if (unfreeze === 'all') return () => true;
  if (unfreeze === 'head') {
    const head = new Set(description.blocks.filter((block) => block.head === true).flatMap((block) => block.layers));
    return (layer) => head.has(layer);
  }
  const layers = description.blocks.flatMap((block) => block.layers);
  const place = new Map(layers.map((layer, index) => [layer, layer.order ?? index]));
  const first = layers.find((layer) => layer.name === unfreeze.from);
  if (first === undefined) {
    throw new SpineError(
      'invalid-argument',
      `Stage "${name}" unfreezes from layer "${unfreeze.from}", which the model lacks. Name one of its layers.`,
    );
  }
  const start = place.get(first)!;
  return (layer) => place.get(layer)! >= start;
}

const gradients = (layer: LayerDescription) => layer.parameters - (layer.statistics ?? 0);

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
