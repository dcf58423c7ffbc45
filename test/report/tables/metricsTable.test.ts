import { describe, expect, it } from 'vitest';
import { accuracy, classificationReport, wilson } from 'spine-xray-ml/metrics';
import { classTable, metricsRow, metricsTable } from 'spine-xray-ml/report';
import { parseDocument } from '../html.js';
import { predictions } from '../samples.js';

const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const validation = predictions(classes, 33, 0.8, 1);
const test1 = predictions(classes, 35, 0.7, 2);
const perCent = (value: number) => (100 * value).toFixed(2);

describe('metricsTable', () => {
  it('shows the numbers of the metrics, per cent with two decimals', () => {
    const { weighted } = classificationReport(test1);
    const correct = Math.round(accuracy(test1) * 35);
    const { low, high } = wilson(correct, 35, 0.95);
    const { text } = parseDocument(metricsTable([metricsRow('ours', { validation, test: test1 }, 0.95)], 'Table V'));
    expect(text).toContain(
      [
        'ours',
        perCent(accuracy(validation)),
        perCent(accuracy(test1)),
        `[${perCent(low)}, ${perCent(high)}]`,
        perCent(weighted.precision),
        perCent(weighted.recall),
        perCent(weighted.f1),
      ].join(' '),
    );
  });

  it('leaves a dash where a part was not measured', () => {
    const { text } = parseDocument(metricsTable([metricsRow('ours', { validation }, 0.95)], 'x'));
    expect(text).toContain(`ours ${perCent(accuracy(validation))} – – – –`);
  });

  it('sets each note once, whatever it holds', () => {
    const rows = ['a', 'b'].map((model) => ({ model, testAccuracy: 1, note: '<b>not so</b>' }));
    const { text, tags } = parseDocument(metricsTable(rows, '<i>caption</i>'));
    expect(text.split('<b>not so</b>')).toHaveLength(2);
    expect(text).toContain('<i>caption</i>');
    expect(tags.filter(({ name }) => name === 'b' || name === 'i')).toEqual([]);
  });
});

describe('classTable', () => {
  it('shows every class, the macro and the weighted mean', () => {
    const report = classificationReport(test1);
    const { text } = parseDocument(classTable(report, classes, 'by class'));
    for (const name of classes) {
      const { precision, recall, specificity, f1, support } = report.perClass[name]!;
      expect(text).toContain([name, ...[precision, recall, specificity, f1].map(perCent), support].join(' '));
    }
    for (const mean of [report.macro, report.weighted]) {
      expect(text).toContain([mean.precision, mean.recall, mean.specificity, mean.f1].map(perCent).join(' '));
    }
  });

  it('keeps the order of the classes, numbers among their names too', () => {
    const numbered = predictions(['b', '10', '2'], 9, 1, 1);
    const { text } = parseDocument(classTable(classificationReport(numbered), numbered.classes, ''));
    expect(text.indexOf('b 100')).toBeLessThan(text.indexOf('10 100'));
    expect(text.indexOf('10 100')).toBeLessThan(text.indexOf('2 100'));
  });
});
