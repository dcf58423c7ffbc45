import { describe, expect, it } from 'vitest';
import { paperTable, paperTables } from 'spine-xray-ml/report';
import { recognizePaperTask } from '../../../src/report/paper/paperResults.js';

const rows = paperTables.flatMap((table) => table.rows.map((row) => ({ table: table.number, ...row })));

describe("the paper's figures", () => {
  it('are five models in each of six tables', () => {
    expect(paperTables.map(({ number }) => number)).toEqual(['I', 'II', 'III', 'IV', 'V', 'VI']);
    for (const table of paperTables) {
      expect(table.rows.map(({ model }) => model)).toEqual([
        'EfficientNetB3',
        'DenseNet169',
        'VGG19',
        'ResNet101',
        'Xception',
      ]);
    }
  });

  it.each(rows)('recall equals test accuracy, or the row is marked: Table $table, $model', (row) => {
    expect(row.recall === row.testAccuracy).toBe(row.note?.startsWith('Recall differs') !== true);
  });

  it.each(rows)('accuracies are whole numbers of 700ths: Table $table, $model', (row) => {
    for (const figure of [row.validationAccuracy, row.testAccuracy]) {
      expect(Math.abs((100 * Math.round(figure * 7)) / 700 - figure)).toBeLessThan(0.00501);
    }
  });

  it('the marked rows are those of VGG19 in I, V and VI, and of Xception where a headline rests on them', () => {
    expect(rows.filter(({ note }) => note !== undefined).map(({ table, model }) => `${table} ${model}`)).toEqual([
      'I VGG19',
      'II Xception',
      'IV Xception',
      'V VGG19',
      'V Xception',
      'VI VGG19',
      'VI Xception',
    ]);
  });

  it.each(['II', 'IV'])("the abstract's figure is the validation accuracy of Table %s", (number) => {
    const { note, validationAccuracy, testAccuracy } = rows.find(
      ({ table, model }) => table === number && model === 'Xception',
    )!;
    expect(note).toContain(`abstract’s ${validationAccuracy} is`);
    expect(note).toContain(`test accuracy is ${testAccuracy}`);
  });

  it('stages go by place: transfer learning first, then fine tuning', () => {
    expect(paperTable('three-classes', 0)?.number).toBe('V');
    expect(paperTable('three-classes', 1)?.number).toBe('VI');
    expect(paperTable('scoliosis-normal', 1)?.number).toBe('II');
    expect(paperTable('three-classes', 2)).toBeUndefined();
  });

  it('tasks are recognized by their classes, in any order and letter case, and nothing else is', () => {
    expect(recognizePaperTask(['Spondylolisthesis', 'normal'])).toBe('spondylolisthesis-normal');
    expect(recognizePaperTask(['scoliosis', 'normal', 'spondylolisthesis'])).toBe('three-classes');
    expect(recognizePaperTask(['scoliosis', 'spondylolisthesis'])).toBeUndefined();
    expect(recognizePaperTask(['__proto__'])).toBeUndefined();
  });
});
