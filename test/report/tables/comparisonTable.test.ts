import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { FinishedTrial } from 'spine-xray-ml';
import { wilson } from 'spine-xray-ml/metrics';
import { comparisonTable, comparisonTableDefaults, createReport, paperTable } from 'spine-xray-ml/report';
import { classes, comparison, failedRow, finishedRow, spec } from '../comparisons.js';
import { parseDocument } from '../html.js';

const [good, bad] = comparison.rows as readonly [FinishedTrial, FinishedTrial];
const perCent = (value: number) => (100 * value).toFixed(2);
const correct = (row: FinishedTrial, stage: number) => Math.round(row.stages[stage]!.test.report.accuracy * 35);
const alone = (...rows: typeof comparison.rows) => ({ classes, rows });

describe('comparisonTable', () => {
  it('as Markdown', async () => {
    await expect(comparisonTable(comparison)).toMatchFileSnapshot('snapshots/comparison.md');
    await expect(comparisonTable(comparison, { by: 'class' })).toMatchFileSnapshot('snapshots/comparisonByClass.md');
  });

  it('as text', async () => {
    await expect(comparisonTable(comparison, { format: 'text' })).toMatchFileSnapshot('snapshots/comparison.txt');
  });

  it('as CSV', async () => {
    await expect(comparisonTable(comparison, { format: 'csv' })).toMatchFileSnapshot('snapshots/comparison.csv');
    await expect(comparisonTable(comparison, { format: 'csv', by: 'class' })).toMatchFileSnapshot(
      'snapshots/comparisonByClass.csv',
    );
  });

  it('shows the numbers of the rows, with Wilson’s intervals counted from correct images', () => {
    const { weighted, macro, accuracy } = good.stages[1]!.test.report;
    const { low, high } = wilson(correct(good, 1), 35, 0.9);
    const table = comparisonTable(comparison, { format: 'text', confidence: 0.9 }).split('\n\n').join('\n');
    expect(table).toMatch(
      new RegExp(
        [
          `${perCent(accuracy)} \\[${perCent(low)}, ${perCent(high)}\\]`,
          perCent(weighted.precision),
          perCent(weighted.recall),
          perCent(weighted.f1),
          perCent(macro.f1),
          '1 min 15 s',
        ].join('\\s+'),
      ),
    );
    expect(table).toContain('Wilson’s 90 %');
  });

  it('CSV has every figure as a fraction, and the paper’s beside its own kind', () => {
    const rows: Record<string, string>[] = parse(comparisonTable(comparison, { format: 'csv' }), { columns: true });
    expect(rows.map(({ stage, model, source }) => [stage, model, source])).toEqual(
      ['transfer learning', 'fine tuning'].flatMap((stage) => [
        [stage, 'xception', 'run'],
        [stage, 'ResNet-101', 'run'],
        [stage, failedRow.spec.name, 'run'],
        [stage, 'DenseNet169', 'paper'],
        [stage, 'ResNet101', 'paper'],
        [stage, 'Xception', 'paper'],
      ]),
    );
    const { low, high } = wilson(correct(bad, 0), 35);
    expect(
      ['test_accuracy', 'test_accuracy_low', 'test_accuracy_high'].map((column) => Number(rows[1]![column])),
    ).toEqual([bad.stages[0]!.test.report.accuracy, low, high]);
    expect(rows[2]).toMatchObject({
      test_accuracy: '',
      error_code: 'weights-mismatch',
      error_message: 'The weights lack <2> tensors,\nsuch as "a*b".',
    });
    expect(rows[11]).toMatchObject({ test_accuracy: '0.9786', validation_accuracy: '0.99', test_accuracy_low: '' });
    expect(rows[11]!['test_accuracy']).toBe((paperTable('three-classes', 1)!.rows[4]!.testAccuracy / 100).toFixed(4));
  });

  it('keeps the order of the classes, numbers among their names too', () => {
    const renamed = JSON.stringify(alone(good))
      .replaceAll('"normal"', '"b"')
      .replaceAll('"scoliosis"', '"10"')
      .replaceAll('"spondylolisthesis"', '"2"');
    for (const format of ['text', 'csv'] as const) {
      const table = comparisonTable(JSON.parse(renamed) as typeof comparison, { format, by: 'class' });
      const places = ['b', '10', '2'].map((name) => table.search(new RegExp(`xception, ?${name}[ ,]`)));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places).not.toContain(-1);
    }
  });

  it('quotes the paper for its tasks and backbones only', () => {
    const quotes = (value: typeof comparison, options = {}) =>
      comparisonTable(value, options).match(/, paper/g)?.length ?? 0;
    expect(quotes(comparison)).toBe(6);
    expect(quotes(comparison, { paperTask: false })).toBe(0);
    expect(quotes({ ...comparison, classes: ['a', 'b', 'c'] })).toBe(0);
    expect(quotes({ ...comparison, classes: ['a', 'b'] }, { paperTask: 'scoliosis-normal' })).toBe(6);
    expect(quotes(alone(finishedRow(spec('vgg', 'vgg16'), 0.9, 1)))).toBe(0);
    expect(comparisonTable(comparison)).toContain('Not the whole network that the paper has: built up to block 13.');
    expect(comparisonTable(comparison, { paperTask: false })).not.toContain('Not the whole network');
    const unknown = finishedRow(spec('small', 'mobilenet', { width: 0.25 }), 0.9, 3);
    expect(comparisonTable(alone(bad, unknown))).not.toContain('Not the whole network');
  });

  it('says whether any two models are apart', () => {
    expect(comparisonTable(comparison)).toContain(
      'cannot rank models whose intervals overlap: on 35 test images here 1 of 1 pair is apart.',
    );
    const alike = alone(good, finishedRow(spec('b', 'vgg16'), 0.97, 7), finishedRow(spec('c', 'vgg19'), 0.97, 8));
    expect(comparisonTable(alike)).toContain(
      'cannot rank models whose intervals overlap: on 35 test images here none are apart.',
    );
    expect(comparisonTable(alone(...alike.rows, bad))).toContain('here 3 of 6 pairs are apart.');
    expect(comparisonTable(alone(good))).toContain('cannot rank models whose intervals overlap.');
  });

  it('warns where rows do not start alike, films are several a patient, or backends differ', () => {
    const random = { ...bad, backend: 'cpu', spec: (({ pretrained: _, ...rest }) => rest)(bad.spec) };
    const table = comparisonTable(alone(good, random));
    expect(table).toContain('Started at random, while the others knew something: ResNet-101.');
    expect(table).toContain('different backends (wasm, cpu)');
    expect(comparisonTable(comparison)).not.toMatch(/Started at random|different backends|too narrow/);
    const paired = { ...good, stages: good.stages.map((stage) => ({ ...stage, test: { ...stage.test, groups: 20 } })) };
    expect(comparisonTable(alone(paired))).toContain('The 35 test images come from 20 films or patients');
  });

  it('takes what was saved as JSON, and rows that all failed', () => {
    expect(comparisonTable(JSON.parse(JSON.stringify(comparison)) as typeof comparison)).toBe(
      comparisonTable(comparison),
    );
    for (const format of ['markdown', 'text', 'csv'] as const) {
      for (const by of ['model', 'class'] as const)
        expect(comparisonTable(alone(failedRow), { format, by })).toContain('weights-mismatch');
    }
  });

  it('an option that is undefined has its default', () => {
    const unset = Object.fromEntries(Object.keys(comparisonTableDefaults).map((key) => [key, undefined]));
    expect(comparisonTable(comparison, unset)).toBe(comparisonTable(comparison));
  });

  it.each([[{ format: 'pdf' }], [{ by: 'film' }], [{ confidence: 1 }]])('refuses %j', (options) => {
    expect(() => comparisonTable(comparison, options as object)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });

  it('refuses what is no comparison', () => {
    expect(() => comparisonTable({ rows: 3 } as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(() => comparisonTable(undefined as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('the comparison in a report', () => {
  const date = new Date('2026-01-02T03:04:05Z');

  it('is a section with a table a stage, errors in their rows, the paper below', async () => {
    const html = await createReport({ date, comparison });
    const { text, tags } = parseDocument(html);
    expect(html).toContain('<h2 id="comparison-heading">Comparison</h2>');
    expect(text).toContain('3 models on one split, with one schedule and from one seed; 1 failed.');
    const { low, high } = wilson(correct(bad, 1), 35);
    expect(text).toContain(`ResNet-101 1,234,567`);
    expect(text).toContain(`${perCent(bad.stages[1]!.test.report.accuracy)} [${perCent(low)}, ${perCent(high)}]`);
    expect(text).toContain('DenseNet | narrow failed, weights-mismatch: The weights lack <2> tensors, such as "a*b".');
    expect(text).toContain('ResNet101, paper – 84.29 82.57');
    expect(text).toContain('augments 338 films');
    expect(tags.filter(({ attributes }) => attributes['colspan'] === '8')).toHaveLength(2);
    expect(tags.filter(({ name }) => name === 'details')).toHaveLength(2);
  });

  it('obeys the confidence of the report, and its paperTask', async () => {
    const { low, high } = wilson(correct(good, 0), 35, 0.8);
    const { text } = parseDocument(await createReport({ date, comparison, paperTask: false }, { confidence: 0.8 }));
    expect(text).toContain(`[${perCent(low)}, ${perCent(high)}]`);
    expect(text).not.toContain('paper ');
  });

  it('is left out where there is none', async () => {
    expect(await createReport({ date })).not.toContain('Comparison');
    expect(await createReport({ date, comparison: alone() })).not.toContain('Comparison');
  });
});
