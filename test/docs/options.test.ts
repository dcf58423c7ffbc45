import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as augment from '../../src/augment/augmentOptions.js';
import { chooseBackendOptions } from '../../src/backend/chooseBackend.js';
import { batchesOptions } from '../../src/dataset/batches.js';
import { kFoldOptions } from '../../src/dataset/folds.js';
import { splitDatasetOptions } from '../../src/dataset/split.js';
import { explainOptions } from '../../src/explain/explanation.js';
import { resizeOptions } from '../../src/image/resize.js';
import { extractFeaturesOptions } from '../../src/inference/extractFeatures.js';
import { predictDatasetOptions } from '../../src/inference/predictDataset.js';
import { headOptions } from '../../src/models/head.js';
import { buildBackboneOptions } from '../../src/models/options.js';
import { imageFolderOptions } from '../../src/node/read/imageFolder.js';
import { imageManifestOptions } from '../../src/node/read/imageManifest.js';
import { readImageOptions } from '../../src/node/read/readImage.js';
import { exportFoldersOptions } from '../../src/node/write/exportFolders.js';
import type { Rule } from '../../src/options.js';
import { phantomDatasetOptions } from '../../src/phantom/dataset.js';
import { preprocessOptions } from '../../src/preprocess/preprocess.js';
import { classCountsChartOptions } from '../../src/report/charts/classCountsChart.js';
import { curveChartOptions, curvesChartOptions } from '../../src/report/charts/curvesChart.js';
import { overlayOptions } from '../../src/report/pictures/overlay.js';
import { createReportOptions, reportInput } from '../../src/report/page/input.js';
import { comparisonTableOptions } from '../../src/report/tables/comparison/settings.js';
import { compareBackbonesOptions } from '../../src/study/options.js';
import { frozenCacheOptions } from '../../src/training/data/frozenCache.js';
import { findLearningRateOptions } from '../../src/training/findLearningRate.js';
import { fineTuneOptions } from '../../src/training/fineTune.js';
import { optimizerTables } from '../../src/training/optimizer/optimizer.js';
import { scheduleTables } from '../../src/training/optimizer/schedule.js';
import { stageOptions } from '../../src/training/stage/stage.js';
import { storeHandlerOptions } from '../../src/store/storeHandler.js';
import { fetchWeightsOptions } from '../../src/weights/fetch/options.js';
import { writeSafetensorsOptions } from '../../src/weights/formats/safetensors/writeSafetensors.js';
import { loadWeightsOptions } from '../../src/weights/loadWeights.js';
import { pages, root } from './snippets.js';

interface Declared {
  readonly rules: object;
  readonly defaults: object;
}

/** What a table of a page is held to. */
interface Holding {
  readonly table: Declared;
  /** Defaults that the page says in words: the cell, by option. */
  readonly said?: Readonly<Record<string, string>>;
  /** Options that stand in another table of the page, or on another page. */
  readonly elsewhere?: readonly string[];
}

const augmentation = Object.entries({
  transpose: augment.transposeOptions,
  shiftScaleRotate: augment.shiftScaleRotateOptions,
  horizontalFlip: augment.horizontalFlipOptions,
  verticalFlip: augment.verticalFlipOptions,
  brightnessContrast: augment.brightnessContrastOptions,
});
/** Several tables as one, each option behind the name of its own: 'transpose.probability'. */
function together(tables: readonly (readonly [string, Declared])[]): Declared {
  const named = (part: 'rules' | 'defaults') =>
    Object.fromEntries(
      tables.flatMap(([name, table]) =>
        Object.entries(table[part]).map(([option, value]) => [`${name}.${option}`, value as unknown]),
      ),
    );
  return { rules: named('rules'), defaults: named('defaults') };
}
const pieces = [curveChartOptions, curvesChartOptions, classCountsChartOptions, overlayOptions];
const readerOptions = ['onError', 'onSkip', 'onProgress', 'concurrency', 'signal', 'maxPixels'];
const asFineTune = '`fineTune`';

/**
 * Every table of the pages with a column of defaults, by page and heading; the second under one heading has a 2 behind it.
 * Undefined: of no function, but of a script or an object of yours.
 */
const holdings: Readonly<Record<string, Holding | undefined>> = {
  'docs/augment.md: Options': { table: together(augmentation) },
  'docs/backends.md: Choosing one': { table: chooseBackendOptions, said: { prefer: 'none' } },
  'docs/checkpoints.md: The cache of frozen layers': { table: frozenCacheOptions },
  'docs/dataset.md: Splitting': { table: splitDatasetOptions },
  'docs/dataset.md: Folds': { table: kFoldOptions, elsewhere: ['seed', 'stratify', 'groupBy'] },
  'docs/dataset.md: Batches': { table: batchesOptions },
  'docs/explain.md: Choosing a budget': { table: explainOptions },
  'docs/image.md: Size': { table: resizeOptions },
  'docs/inference.md: Predictions': { table: predictDatasetOptions },
  'docs/inference.md: Features': { table: extractFeaturesOptions },
  'docs/models.md: Models': { table: buildBackboneOptions, said: { head: 'the head of Fig. 2' } },
  'docs/models.md: Head': { table: headOptions },
  'docs/node.md: One image': { table: readImageOptions },
  'docs/node.md: A folder for each class': { table: imageFolderOptions, elsewhere: readerOptions },
  'docs/node.md: A folder for each class 2': {
    table: imageFolderOptions,
    elsewhere: ['classes'],
    said: { maxPixels: 'as `readImage`' },
  },
  'docs/node.md: A manifest': { table: imageManifestOptions, elsewhere: readerOptions },
  'docs/node.md: Writing folders': { table: exportFoldersOptions },
  'docs/phantom.md: A data set': { table: phantomDatasetOptions },
  'docs/preprocess.md: Preprocessing': { table: preprocessOptions },
  'docs/quickstart.md: Options': undefined,
  'docs/report.md: A report': { table: reportInput },
  'docs/report.md: A report 2': { table: createReportOptions },
  'docs/report.md: Pieces': { table: together(pieces.map((table) => [table.name, table])) },
  'docs/stages.md: Stages': { table: stageOptions },
  'docs/stages.md: Finding a learning rate': {
    table: findLearningRateOptions,
    said: { batchSize: `as in ${asFineTune}`, cache: `as in ${asFineTune}` },
  },
  'docs/checkpoints.md: Stores': { table: storeHandlerOptions },
  'docs/study.md: As a script': undefined,
  'docs/study.md: Options': {
    table: compareBackbonesOptions,
    said: {
      stages: `those of [${asFineTune}](training.md)`,
      batchSize: `those of [${asFineTune}](training.md)`,
      cache: `those of [${asFineTune}](training.md)`,
    },
  },
  'docs/study.md: Tables': { table: comparisonTableOptions },
  'docs/training.md: Options': { table: fineTuneOptions, said: { stages: '[two](stages.md)' } },
  'docs/training.md: Objectives': undefined,
  'docs/weights.md: Writing safetensors': { table: writeSafetensorsOptions },
  'docs/weights.md: Loading weights': { table: loadWeightsOptions },
  'docs/weights.md: Fetching weights': { table: fetchWeightsOptions },
};

/** Tables that give a row to each kind, and its options in one cell, as 'beta1 0.9, patience required'. */
const kinds: Readonly<Record<string, Readonly<Record<string, Declared>>>> = {
  'docs/stages.md: Optimizers': optimizerTables,
  'docs/stages.md: Schedules': scheduleTables,
};

interface PageTable {
  readonly place: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const cellsOf = (line: string) =>
  line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

/** The tables of a page with a column of defaults, in order. */
function tablesOf(page: string, text: string): PageTable[] {
  const found: PageTable[] = [];
  let heading = '';
  let table: { place: string; header: string[]; rows: string[][] } | undefined;
  for (const line of text.split('\n')) {
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '');
    if (!line.startsWith('|')) table = undefined;
    else if (table !== undefined) table.rows.push(cellsOf(line));
    else {
      const header = cellsOf(line);
      const before = found.filter(({ place }) => place.startsWith(`${page}: ${heading}`)).length;
      table = { place: `${page}: ${heading}${before > 0 ? ` ${before + 1}` : ''}`, header, rows: [] };
      if (/\bdefaults?$/.test(header[1] ?? '')) found.push(table);
    }
  }
  // The line between header and rows.
  return found.map(({ place, header, rows }) => ({ place, header, rows: rows.slice(1) }));
}

/** The value that a cell states; undefined where it says something in words. */
function literal(cell: string): unknown {
  const plain = cell
    .replaceAll('`', '')
    .replace(/^2³⁰ \(1 GiB\)$|^1 GiB$|2 \*\* 30/, String(2 ** 30))
    .replace(/(?<=\d) (?=\d{3}\b)/g, '');
  try {
    return JSON.parse(plain.replace(/(\w+):/g, '"$1":').replaceAll("'", '"')) as unknown;
  } catch {
    return undefined;
  }
}

/** What is wrong with what a page says of the default of an option. */
function fault({ rules, defaults }: Declared, option: string, cell: string, said: string | undefined): string[] {
  const rule = (rules as Record<string, Rule<unknown> | undefined>)[option];
  const value = (defaults as Record<string, unknown>)[option];
  if (rule === undefined) return [`${option} is no option`];
  if ((cell === 'required') !== (rule.isRequired === true)) return [`${option} is ${cell}, required or not`];
  const stated = literal(cell);
  if (value === undefined) return stated === undefined ? [] : [`${option} has no default, and the page says ${cell}`];
  if (said !== undefined) return cell === said ? [] : [`${option} says ${cell}, not ${said}`];
  return JSON.stringify(stated) === JSON.stringify(value) ? [] : [`${option} is ${JSON.stringify(value)}, not ${cell}`];
}

/** All that is wrong with a page's table. */
function faults({ rows }: PageTable, { table, said = {}, elsewhere = [] }: Holding): string[] {
  const stated = rows.flatMap(([first = '', second = '']) => {
    const options = [...first.matchAll(/`([\w.]+)`/g)].map((match) => match[1]!);
    const cells = second.split(', ');
    return options.map((option, at) => [option, cells.length === options.length ? cells[at]! : second] as const);
  });
  const options = new Set([...stated.map(([option]) => option), ...elsewhere]);
  return [
    ...stated.flatMap(([option, cell]) => fault(table, option, cell, said[option])),
    ...Object.keys(table.rules).flatMap((option) => (options.has(option) ? [] : [`${option} is not told`])),
  ];
}

const tables = pages().flatMap((page) => tablesOf(page, readFileSync(path.join(root, page), 'utf8')));
const tableAt = (wanted: string) => tables.find(({ place }) => place === wanted)!;

describe('the tables of options in the docs', () => {
  it('are each held to what is declared', () => {
    const known = [...Object.keys(holdings), ...Object.keys(kinds)];
    expect(tables.map(({ place }) => place).sort()).toEqual(known.sort());
  });

  it.each(Object.entries(holdings).filter(([, holding]) => holding !== undefined))('%s', (place, holding) => {
    expect(faults(tableAt(place), holding!)).toEqual([]);
  });

  it.each(Object.entries(kinds))('%s', (place, byKind) => {
    const { rows } = tableAt(place);
    expect(rows.map(([kind]) => kind!.replace(/[`']/g, ''))).toEqual(Object.keys(byKind));
    for (const [kind, cell = ''] of rows) {
      const table = byKind[kind!.replace(/[`']/g, '')]!;
      const listed = cell === 'none' ? [] : cell.split(', ').map((part) => part.split(' '));
      const page = { place, header: [], rows: listed.map(([option = '', value = '']) => [option, value]) };
      expect(faults(page, { table, elsewhere: ['kind', 'warmUp'] }), kind).toEqual([]);
    }
  });

  it('are found faulty where they are', () => {
    const text = '# Size\n\n| option | default | |\n|---|---|---|\n';
    const wrong = (row: string) => faults(tablesOf('page', `${text}${row}\n`)[0]!, { table: resizeOptions });
    const rest = ['fit', 'antialias', 'padValue'].map((option) => `${option} is not told`);
    expect(wrong('| `size` | required | |')).toEqual(rest);
    expect(wrong('| `size` | none | |')).toEqual(['size is none, required or not', ...rest]);
    expect(wrong('| `size` | required | |\n| `fit`, `antialias` | `cover`, `true` | |')).toEqual([
      'fit is "stretch", not `cover`',
      'padValue is not told',
    ]);
    expect(wrong('| `size` | required | |\n| `filter` | none | |')).toEqual(['filter is no option', ...rest]);
    expect(literal('100 000 000')).toBe(1e8);
    expect(literal("`{ kind: 'adam' }`")).toEqual({ kind: 'adam' });
  });
});
