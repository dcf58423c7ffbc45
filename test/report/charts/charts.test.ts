import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { classCountsChart, confusionChart, curveChart, curvesChart, renderChart } from 'spine-xray-ml/report';
import { darkPalette, lightPalette } from '../../../src/report/palette.js';
import { parseDocument } from '../html.js';
import { foundHistory, history } from '../samples.js';

const scripts = [
  'normal',
  '脊柱側弯症',
  'انزلاق الفقار',
  'сколиоз',
  '<script>alert(1)</script>',
  'a "b" & \'c\'',
  'e',
  'f',
  'g',
  'h',
  'i',
  'j',
];
const twelve = {
  classes: scripts,
  counts: scripts.map((_, row) => scripts.map((_, column) => (row === column ? 30 + row : row % 3))),
};
const counts = { classes: scripts, parts: ['train', 'test'], counts: scripts.map((_, index) => [20 + index, 5]) };

const charts = [
  { name: 'curve', spec: curveChart(history) },
  { name: 'loss of the second stage', spec: curveChart(history, { stage: 1, measure: 'loss' }) },
  { name: 'curves', spec: curvesChart(history) },
  { name: 'curves of another objective', spec: curvesChart(foundHistory) },
  {
    name: 'confusion of two',
    spec: confusionChart({
      classes: ['a', 'b'],
      counts: [
        [1, 2],
        [0, 0],
      ],
    }),
  },
  { name: 'confusion of twelve', spec: confusionChart(twelve) },
  { name: 'class counts', spec: classCountsChart(counts) },
];

const mayCompile = (() => {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- whether it is allowed is the question
    return Boolean(new Function('return true')());
  } catch {
    return false;
  }
})();

describe.each(charts)('the $name chart', ({ spec }) => {
  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  it('is drawn well formed, with its description, and without a warning', async () => {
    const warn = vi.spyOn(console, 'warn');
    const { tags } = parseDocument(await renderChart(spec));
    expect(tags[0]).toMatchObject({ name: 'svg', attributes: { role: 'img', 'aria-label': spec.description } });
    expect(tags.map(({ name }) => name)).not.toContain('script');
    expect(warn).not.toHaveBeenCalled();
  });

  it('uses the colours of the palette alone, so that the page can recolour all of it', async () => {
    const { tags } = parseDocument(await renderChart(spec));
    const colors = tags
      .flatMap(({ attributes }) => [attributes['fill'], attributes['stroke']])
      .filter((color) => color !== undefined);
    expect(colors.length).toBeGreaterThan(0);
    const palette = new Set<string>([...Object.values(lightPalette), 'none', 'transparent']);
    expect(colors.filter((color) => !palette.has(color))).toEqual([]);
  });

  // Where a policy forbids code from strings, there is no compiled chart to compare with.
  it.runIf(mayCompile)('looks the same whether its expressions are interpreted or compiled', async () => {
    const compiled = parse(compile(spec as unknown as TopLevelSpec).spec);
    const svg = await new View(compiled, { renderer: 'none' }).toSVG();
    expect((await renderChart(spec)).replace(/ role="img" aria-label="[^"]*"/, '')).toBe(svg);
  });

  it('is drawn without code made from strings', async () => {
    const refuse = () => {
      throw new EvalError('code from a string');
    };
    vi.stubGlobal('Function', new Proxy(Function, { apply: refuse, construct: refuse }));
    try {
      expect(await renderChart(spec)).toContain('<svg');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('refers to nothing inside or outside itself', async () => {
    const svg = await renderChart(spec);
    expect(svg).not.toMatch(/href|url\(|\sid=/);
    expect(svg.replace(/xmlns(:xlink)?="[^"]*"/g, '')).not.toMatch(/https?:/);
  });
});

describe('confusionChart', () => {
  it('writes every count, the share of its row, and each class twice', async () => {
    const { text } = parseDocument(
      await renderChart(
        confusionChart({
          classes: ['normal', 'scoliosis'],
          counts: [
            [9, 1],
            [3, 17],
          ],
        }),
      ),
    );
    const words = text.trim().split(' ');
    for (const word of ['9', '1', '3', '17']) expect(words).toContain(word);
    for (const share of ['90.0 %', '10.0 %', '15.0 %', '85.0 %']) expect(text).toContain(share);
    expect(words.filter((word) => word === 'scoliosis')).toHaveLength(2);
  });

  it('keeps labels of other scripts whole', async () => {
    const { text } = parseDocument(await renderChart(confusionChart(twelve)));
    for (const name of scripts) expect(text).toContain(name);
  });

  it('refuses a matrix that is not square', () => {
    expect(() => confusionChart({ classes: ['a', 'b'], counts: [[1, 2]] })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
    expect(() => confusionChart({ classes: [], counts: [] })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

describe('what is no data of a chart', () => {
  const part = { classes: ['a', 'b'], parts: ['train', 'test'] };
  it.each<[string, () => unknown, RegExp]>([
    ['confusionChart()', () => confusionChart(undefined as never), /^matrix must be a confusion matrix/],
    ['confusionChart({})', () => confusionChart({} as never), /^matrix\.classes must be a list of names/],
    [
      'confusionChart of text',
      () => confusionChart({ classes: ['a'], counts: [['1']] } as never),
      /^matrix\.counts must be a list of rows/,
    ],
    ['classCountsChart()', () => classCountsChart(undefined as never), /must be \{ classes, parts, counts \}/],
    ['classCountsChart({})', () => classCountsChart({} as never), /classCountsChart\.classes must be a list of names/],
    ['classCountsChart without counts', () => classCountsChart(part as never), /\.counts must be a list with a row/],
    [
      'classCountsChart of a class too few',
      () => classCountsChart({ ...part, counts: [[1, 2]] }),
      /a row for each of 2 classes and in it a number for each of 2 parts, got 1 rows of 2/,
    ],
    [
      'classCountsChart of a part too few',
      () => classCountsChart({ ...part, counts: [[1, 2], [3]] }),
      /got 2 rows of 2, 1/,
    ],
  ])('is refused: %s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) as string }),
    );
  });
});

describe('curveChart', () => {
  it('says how many epochs there were and marks the best one', () => {
    expect(curveChart(history).description).toContain('4 epochs');
    expect(curveChart(history).description).toContain('best epoch 3 at 62.0 per cent');
  });

  it('leaves out what is no number', async () => {
    const [stage] = history.stages;
    const broken = { stages: [{ ...stage!, epochs: stage!.epochs.map((log) => ({ ...log, validationLoss: NaN })) }] };
    expect(await renderChart(curveChart(broken, { measure: 'loss' }))).not.toContain('NaN');
  });

  const panelsOf = (spec: unknown) =>
    (spec as { vconcat: { hconcat: Panel[] }[] }).vconcat.flatMap(({ hconcat }) => hconcat.map(axisOf));
  interface Panel {
    readonly data: { readonly values: readonly { readonly part: string; readonly value: number }[] };
    readonly layer: readonly { readonly encoding: { readonly y: { title: string; axis: object; scale: object } } }[];
  }
  const axisOf = ({ layer }: Panel) => layer[0]!.encoding.y;

  it('draws what another objective counted, in its own numbers', () => {
    const spec = curveChart(foundHistory);
    expect(spec.description).toBe('cellsFound by epoch, finding: 3 epochs, validation ends at 24; best epoch 2 at 16');
    const { data } = spec as unknown as Panel;
    expect(data.values.map(({ part, value }) => [part, value])).toEqual([
      ['training', 10],
      ['validation', 8],
      ['training', 20],
      ['validation', 16],
      ['training', 30],
      ['validation', 24],
    ]);
    expect(axisOf(spec as unknown as Panel)).toMatchObject({ title: 'cellsFound', scale: { domain: [8, 30] } });
    expect(axisOf(spec as unknown as Panel).axis).toEqual({ tickCount: 5 });
    expect(curveChart(foundHistory, { measure: 'overlap' }).description).toContain('ends at 0.375');
  });

  it('names the loss as cross-entropy where accuracy was counted alone', () => {
    expect(panelsOf(curvesChart(history)).map(({ title }) => title)).toEqual([
      'accuracy',
      'loss (cross-entropy)',
      'accuracy',
      'loss (cross-entropy)',
    ]);
    expect(panelsOf(curvesChart(foundHistory)).map(({ title }) => title)).toEqual(['cellsFound', 'overlap', 'loss']);
    expect(curvesChart(foundHistory).description).toContain('cellsFound, overlap and loss by epoch');
  });

  it('draws the loss alone where nothing else was counted', () => {
    const [stage] = history.stages;
    const plain = stage!.epochs.map(({ accuracy: _, validationAccuracy: __, ...log }) => log);
    const uncounted = { stages: [{ ...stage!, epochs: plain }] };
    expect(curveChart(uncounted).description).toMatch(/^loss by epoch/);
    expect(panelsOf(curvesChart(uncounted)).map(({ title }) => title)).toEqual(['loss']);
  });

  it('draws a value that never changes', async () => {
    for (const found of [0, 5, -5]) {
      const [stage] = foundHistory.stages;
      const epochs = stage!.epochs.map((log) => ({ ...log, cellsFound: found, validationCellsFound: found }));
      const spec = curveChart({ stages: [{ ...stage!, epochs }] });
      const { scale } = axisOf(spec as unknown as Panel) as { scale: { domain: [number, number] } };
      expect(scale.domain[0]).toBeLessThan(found);
      expect(scale.domain[1]).toBeGreaterThan(found);
      expect(await renderChart(spec)).not.toContain('NaN');
    }
  });

  it.each<[unknown, object, RegExp]>([
    [history, { measure: 'acuracy' }, /^The history has no measure "acuracy"\. Do you mean "accuracy"\?$/],
    [foundHistory, { measure: 'accuracy' }, /no measure "accuracy"\. It has: cellsFound, overlap, loss\.$/],
    [foundHistory, { measure: 'learningRate' }, /no measure "learningRate"/],
    [undefined, {}, /^history must be a history, as fineTune gives it, got undefined/],
    [[], {}, /^history must be a history/],
    [{}, {}, /^history\.stages must be a list of stages/],
    [{ stages: [{}] }, {}, /^history\.stages\[0\]\.name must be text, got undefined/],
    [{ stages: [{ name: 'a', bestEpoch: 1 }] }, {}, /^history\.stages\[0\]\.epochs must be a list of logs/],
    [
      { stages: [{ name: 'a', bestEpoch: 1, epochs: [{ epoch: 1, los: 1 }] }] },
      {},
      /^history\.stages\[0\]\.epochs\[0\]\.loss must be a number/,
    ],
  ])('refuses %j, %j', (given, options, message) => {
    const thrown = expect.objectContaining({
      code: 'invalid-argument',
      message: expect.stringMatching(message) as string,
    });
    expect(() => curveChart(given as typeof history, options)).toThrow(thrown);
    if (!('measure' in options)) expect(() => curvesChart(given as typeof history)).toThrow(thrown);
  });

  it('takes a history that was JSON, with null for NaN', () => {
    const [stage] = history.stages;
    const epochs = stage!.epochs.map((log) => ({ ...log, validationLoss: NaN, validationAccuracy: NaN }));
    const saved = JSON.parse(JSON.stringify({ stages: [{ ...stage!, epochs }] })) as typeof history;
    expect(curveChart(saved).description).toContain('validation ends at – per cent');
    expect(curveChart(saved, { measure: 'loss' }).description).toContain('ends at –');
  });

  it('refuses a stage that is not there', () => {
    expect(() => curveChart(history, { stage: 2 })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('renderChart', () => {
  const packages = ['vega', 'vega-lite', 'vega-interpreter'];

  afterEach(() => {
    vi.restoreAllMocks();
    for (const name of packages) vi.doUnmock(name);
    vi.resetModules();
  });

  it('loads nothing: refuses a specification that asks for data from elsewhere', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const chart = confusionChart({ classes: ['a'], counts: [[1]] });
    for (const url of ['https://example.org/data.json', 'data.csv', 'file:///etc/hostname']) {
      await expect(renderChart({ ...chart, data: { url } })).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining(url),
      });
    }
    expect(fetched).not.toHaveBeenCalled();
  });

  it('names the chart that cannot be drawn', async () => {
    const spec = { $schema: '', description: 'a broken chart', mark: 'no such mark' };
    await expect(renderChart(spec)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('a broken chart'),
    });
  });

  it.each(packages)('names the package that is missing: %s', async (name) => {
    vi.resetModules();
    vi.doMock(name, () => {
      throw new Error('Cannot find package');
    });
    const { renderChart: render } = await import('../../../src/report/charts/renderChart.js');
    await expect(render(curveChart(history))).rejects.toMatchObject({
      code: 'dependency-missing',
      message: expect.stringMatching(new RegExp(`npm install ${name}$`)),
    });
  });
});

describe('palette', () => {
  it('gives each role a colour of its own, since the page tells roles by colour', () => {
    expect(new Set(Object.values(lightPalette)).size).toBe(Object.keys(lightPalette).length);
  });

  it.each([
    { name: 'light', palette: lightPalette as Readonly<Record<string, string>> },
    { name: 'dark', palette: darkPalette },
  ])('keeps text at 4.5:1 and lines at 3:1 against the $name ground', ({ palette }) => {
    const { ground = '', panel = '' } = palette;
    for (const [role, color] of Object.entries(palette)) {
      if (['ground', 'panel', 'rule'].includes(role)) continue;
      const least = role.startsWith('series') ? 3 : 4.5;
      expect(contrast(color, ground), role).toBeGreaterThanOrEqual(least);
      if (least === 4.5) expect(contrast(color, panel), role).toBeGreaterThanOrEqual(least);
    }
  });
});

/** Contrast ratio of WCAG 2. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
