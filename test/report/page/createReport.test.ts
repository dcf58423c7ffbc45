import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { predictionsToJSON, type Sample } from 'spine-xray-ml';
import { accuracy, classificationReport, confusionMatrix, wilson } from 'spine-xray-ml/metrics';
import { createReport, type ReportInput, type RunValue } from 'spine-xray-ml/report';
import { failedRow, finishedRow, spec } from '../comparisons.js';
import { parseDocument } from '../html.js';
import { explanation, foundHistory, history, predictions, strips } from '../samples.js';

const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const date = new Date('2026-01-02T03:04:05Z');
const perCent = (value: number) => (100 * value).toFixed(2);

const ordinary: ReportInput = {
  title: 'A report',
  date,
  parts: {
    train: strips(classes, 8, 'train-'),
    validation: strips(classes, 1, 'v-'),
    test: strips(classes, 2, 'test-'),
  },
  skipped: [{ file: 'broken.jpg', error: new Error('The file ends too early.') }],
  model: {
    blocks: [
      { name: 'Backbone', layers: [{ name: 'conv', type: 'Conv2D', outputShape: [null, 7, 7, 8], parameters: 1234 }] },
      { name: 'Softmax', head: true, layers: [{ name: 'out', type: 'Dense', outputShape: [null, 3], parameters: 27 }] },
    ],
  },
  history,
  stages: [
    {
      name: 'transfer learning',
      unfreeze: 'head',
      validation: predictions(classes, 30, 0.6, 1),
      test: predictions(classes, 40, 0.6, 2),
    },
    {
      name: 'fine tuning',
      unfreeze: 'all',
      validation: predictions(classes, 30, 0.9, 3),
      test: predictions(classes, 40, 0.9, 4),
    },
  ],
  explanations: [
    {
      id: 'test-scoliosis-0',
      label: 'scoliosis',
      explanation: explanation([20, 16, 3], classes, (row, column) => (row - column) / 1000),
      region: [{ left: 0.1, top: 0.2, right: 0.5, bottom: 0.9 }],
    },
  ],
  run: { seed: 7, backend: 'cpu', options: { batchSize: 16, split: { ratios: [8, 1, 1] } } },
};

const headings = (html: string) => [...html.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, heading]) => heading);

describe('createReport', () => {
  it('makes one well-formed page that loads nothing and runs nothing', async () => {
    const html = await createReport(ordinary);
    const { tags } = parseDocument(html);
    expect(new Set(tags.map(({ name }) => name)).has('script')).toBe(false);
    for (const { name, attributes } of tags) {
      for (const [attribute, value] of Object.entries(attributes)) {
        expect(attribute.startsWith('on'), `${name} ${attribute}`).toBe(false);
        if (attribute === 'src') expect(value).toMatch(/^data:image\/png;base64,/);
        if (attribute === 'href') expect(value).toMatch(/^#/);
      }
    }
    expect(html.replace(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:\/\/|url\(|@import/);
    expect(html).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
    expect(tags.filter(({ name }) => name === 'img').every(({ attributes }) => attributes['alt'])).toBe(true);
    expect(html.length).toBeLessThan(2_000_000);
  });

  it('has every section, in order, and a way to each', async () => {
    const html = await createReport(ordinary);
    const { tags } = parseDocument(html);
    expect(headings(html)).toEqual(['Data set', 'Model', 'Training', 'Results', 'Explanations', 'What was run']);
    const ids = tags.flatMap(({ attributes }) => attributes['id'] ?? []);
    const links = tags.flatMap(({ attributes }) => attributes['href']?.slice(1) ?? []);
    expect(links).toHaveLength(6);
    for (const link of links) expect(ids).toContain(link);
  });

  it('shows the numbers that the metrics give', async () => {
    const { text } = parseDocument(await createReport(ordinary));
    const last = ordinary.stages![1]!;
    const { low, high } = wilson(Math.round(accuracy(last.test!) * 40), 40, 0.95);
    expect(text).toContain(
      `Test accuracy ${perCent(accuracy(last.test!))} % (95 % interval ${perCent(low)} to ${perCent(high)} %;`,
    );
    for (const { validation, test: tested } of ordinary.stages!) {
      const { weighted, macro, perClass } = classificationReport(tested!);
      for (const number of [
        accuracy(validation!),
        accuracy(tested!),
        weighted.precision,
        weighted.f1,
        macro.f1,
        perClass['normal']!.f1,
      ]) {
        expect(text).toContain(perCent(number));
      }
      for (const count of confusionMatrix(tested!).counts.flat()) expect(text).toContain(` ${count} `);
    }
  });

  it.each([
    [0.9, '90 % interval'],
    [0.999, '99.9 % interval'],
    [0.9999, '99.99 % interval'],
    [1 - 2 ** -50, '99.9999999999999'],
  ])('names a confidence of %d in full', async (confidence, text) => {
    const html = await createReport(
      { date, stages: [{ name: 'one', test: predictions(classes, 9, 0.9, 4) }] },
      { confidence },
    );
    expect(html).toContain(`(${text}`);
    expect(html).toContain(`Wilson’s ${text}`);
  });

  it("sets the paper's rows beside ours, stage 1 in the form of Table V, stage 2 of Table VI", async () => {
    const { text } = parseDocument(await createReport(ordinary));
    expect(text).toContain('Three classes, after transfer learning (in the form of Table V)');
    expect(text).toContain('Three classes, after fine tuning (in the form of Table VI)');
    expect(text).toContain('Xception, paper b 82.00 80.71 80.45 80.71 79.97');
    expect(text).toContain('VGG19, paper a 69.57 26.00 53.17 67.00 59.10');
    expect(text).toContain('b From 80.71 (V) to 97.86 (VI) by fine tuning: frozen ImageNet features');
    expect(text).toContain('The two-class figures of its abstract (98.86 and 99.57) are validation accuracies');
  });

  it("leaves the paper out when told to, and for classes that are not the paper's", async () => {
    expect(await createReport({ ...ordinary, paperTask: false })).not.toContain(', paper');
    const other = { date, stages: [{ name: 'one', test: predictions(['a', 'b'], 10, 0.8, 1) }] };
    expect(await createReport(other)).not.toContain(', paper');
    expect(await createReport({ ...other, paperTask: 'scoliosis-normal' })).toContain('Table I)');
  });

  it('draws and lists what another objective counted', async () => {
    const { text, tags } = parseDocument(await createReport({ date, history: foundHistory }));
    const labels = tags.filter(({ name }) => name === 'svg').map(({ attributes }) => attributes['aria-label'] ?? '');
    expect(labels.filter((label) => label.includes('by epoch')).map((label) => label.split(',')[0])).toEqual([
      'cellsFound by epoch',
      'overlap by epoch',
      'loss by epoch',
    ]);
    expect(text).toContain(
      'Epoch Training loss Training cellsFound Training overlap Validation loss Validation cellsFound Validation overlap Learning rate',
    );
    expect(text).toContain('3 0.5 30 0.75 1 24 0.375 0.001 1 s');
    expect(text).not.toMatch(/accuracy|cross-entropy/i);
  });

  it('is the same page for the same input', async () => {
    expect(await createReport(ordinary)).toBe(await createReport(ordinary));
  });

  it('says first that copies cross the split', async () => {
    const { text } = parseDocument(
      await createReport({ ...ordinary, leakageNotice: 'Augmented, then split per image.' }),
    );
    const [, body] = text.split('A report', 2) as [string, string];
    expect(body.trim().startsWith('Copies cross the split. Augmented, then split per image.')).toBe(true);
    expect(parseDocument(await createReport(ordinary)).text).not.toContain('Copies cross');
  });

  it('says first by itself that parts share films or patients, with the number of test images concerned', async () => {
    const [film, other, third, fourth] = strips(['a'], 4, 'film-') as [Sample, Sample, Sample, Sample];
    const copy = (of: Sample, id: string): Sample => ({ ...of, id, source: of.id });
    const firstLine = async (parts: ReportInput['parts'] & object, more: Partial<ReportInput> = {}) => {
      const { text } = parseDocument(
        await createReport({ date, title: 'A report', parts, ...more }, { thumbnailsPerClass: 0 }),
      );
      return text.split('A report', 2)[1]!.trim();
    };
    // A copy of a copy, whose original is in no part, still joins what it was made from.
    const linked = [copy(copy(film, 'c1'), 'c2'), other, third];
    expect(await firstLine({ train: [copy(film, 'c1')], test: linked })).toMatch(
      /^The parts share films or patients\. 1 of the 3 images of the part test belongs to films or patients that other parts hold/,
    );
    const patient = (sample: Sample): Sample => ({ ...sample, group: 'p1' });
    expect(await firstLine({ train: [patient(film)], test: [patient(other), patient(third), fourth] })).toContain(
      '2 of the 3 images of the part test belong to',
    );
    expect(await firstLine({ train: [film], validation: [copy(film, 'c1')], test: [other] })).toContain(
      'None of the 1 image of the part test is concerned',
    );
    expect(await firstLine({ one: [film], two: [film, other] })).toContain('1 of the 2 images of the part two');
    expect(await firstLine({ train: [film], test: [other] })).not.toContain('share');
    expect(await firstLine({ train: [film], test: [film] }, { leakageNotice: 'Mine.' })).toMatch(
      /^Copies cross the split\. Mine\./,
    );
  });

  it('says that it is not for diagnosis, and when it was made', async () => {
    const { text } = parseDocument(await createReport({ date }));
    expect(text).toContain('Research software, not for diagnosis. 2026-01-02 03:04 UTC');
  });

  it('warns that the interval is too narrow where images share a film', async () => {
    const tested = predictions(classes, 40, 0.9, 4);
    const stages = [{ name: 'one', test: { ...tested, groups: tested.ids.map((_, row) => `film-${row % 10}`) } }];
    expect(await createReport({ date, stages })).toContain('come from 10 films or patients');
    expect(await createReport({ date, stages: [{ name: 'one', test: tested }] })).not.toContain('films or patients');
  });

  it('leaves out every section it has nothing for', async () => {
    expect(headings(await createReport({}))).toEqual([]);
    const keys = {
      parts: 'Data set',
      model: 'Model',
      history: 'Training',
      explanations: 'Explanations',
      run: 'What was run',
    } as const;
    for (const [key, heading] of Object.entries(keys)) {
      const html = await createReport({ date, [key]: ordinary[key as keyof ReportInput] });
      parseDocument(html);
      expect(headings(html)).toEqual([heading]);
    }
    expect(headings(await createReport({ date, stages: ordinary.stages! }))).toEqual(['Results']);
  });

  it('escapes every string it is given', async () => {
    const evil = `</style></title><script>alert("1")</script>'><img src=x onerror=alert(2)>&amp;\u0000\ud800`;
    const names = [`${evil}a`, `${evil}b`];
    const long = 'x'.repeat(5000);
    const stage = { name: evil, test: predictions(names, 10, 0.8, 1), validation: predictions(names, 10, 0.8, 2) };
    const html = await createReport({
      title: evil,
      date,
      task: evil,
      leakageNotice: evil,
      parts: { [evil]: [...strips(names, 2, evil), ...strips([long], 1)] },
      skipped: [
        { file: evil, error: evil },
        { file: long, error: new Error(long) },
      ],
      model: {
        name: evil,
        blocks: [
          {
            name: evil,
            detail: evil,
            head: true,
            layers: [{ name: evil, type: evil, detail: evil, outputShape: [null, 1, 1, 2], parameters: 1 }],
          },
        ],
      },
      history: { stages: [{ ...history.stages[0]!, name: evil }] },
      stages: [{ ...stage, unfreeze: { from: evil } }],
      furtherTasks: [{ task: evil, stages: [stage] }],
      explanations: [
        {
          id: evil,
          label: evil,
          predicted: evil,
          explanation: { ...explanation([4, 4, 1], names, () => 0.1), masker: evil },
        },
        { id: long, explanation: explanation([4, 4, 1], names, () => 0.1) },
      ],
      run: { [evil]: evil, list: [evil], group: { [evil]: { [evil]: evil } }, long },
    });
    const { tags, text } = parseDocument(html);
    const allowed = new Set(
      'html head meta title style body p strong bdi header h1 time nav ul li a main section h2 h3 h4 div figure figcaption svg g path rect line text span table caption thead tbody tr th td img dl dt dd details summary ol circle sup'.split(
        ' ',
      ),
    );
    expect(tags.map(({ name }) => name).filter((name) => !allowed.has(name))).toEqual([]);
    expect(tags.flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => name.startsWith('on'))).toEqual(
      [],
    );
    expect(text.split('<script>alert("1")</script>').length).toBeGreaterThan(20);
  });

  it('holds twelve classes in several scripts', async () => {
    const names = [
      'normal',
      '脊柱側弯症',
      'انزلاق الفقار',
      'сколиоз',
      'Σκολίωση',
      'कुब्जता',
      '척추측만증',
      'שדרה',
      'i',
      'j',
      'k',
      'l',
    ];
    const html = await createReport({
      date,
      parts: { train: strips(names, 3), test: strips(names, 1, 't-') },
      stages: [{ name: 'only', test: predictions(names, 60, 0.7, 9) }],
    });
    const { text, tags } = parseDocument(html);
    for (const name of names) expect(text.split(name).length).toBeGreaterThan(5);
    expect(text).toContain('48 images in 12 classes');
    expect(tags.filter(({ name }) => name === 'img')).toHaveLength(12 * 4);
  });

  it('shows films rather than copies, evenly spread, and as many as asked', async () => {
    const films = strips(['a'], 10);
    const copies = films.map((film, index) => ({ ...film, id: `copy-${index}`, source: film.id }));
    const pictures = async (thumbnailsPerClass: number) => {
      const { tags } = parseDocument(
        await createReport({ date, parts: { train: [...copies, ...films] } }, { thumbnailsPerClass }),
      );
      return tags.filter(({ name }) => name === 'img').map(({ attributes }) => attributes['alt']);
    };
    expect(await pictures(2)).toEqual(['a: a-0', 'a: a-5']);
    expect(await pictures(0)).toEqual([]);
    expect(await pictures(99)).toHaveLength(10);
  });

  it('lists a picture that cannot be read, with its error, and goes on', async () => {
    const bad = { id: 'bad-1', label: 'a', load: () => Promise.reject(new Error('truncated after 12 bytes')) };
    const { text, tags } = parseDocument(await createReport({ date, parts: { train: [...strips(['a'], 2), bad] } }));
    expect(text).toContain('1 file left out');
    expect(text).toContain('bad-1 truncated after 12 bytes');
    expect(tags.filter(({ name }) => name === 'img')).toHaveLength(2);
  });

  it('counts samples without a label apart', async () => {
    const { text } = parseDocument(
      await createReport({ date, parts: { new: [{ ...strips(['a'], 1)[0]!, label: undefined! }] } }),
    );
    expect(text).toContain('(no label) 1');
    expect(text).toContain('1 image in 0 classes, 1 of them without a label.');
  });

  it("does not take a class called 'no label' for samples without one", async () => {
    const [unlabelled, ...named] = strips(['no label'], 3) as [Sample, Sample, Sample];
    const parts = { new: [{ ...unlabelled, label: undefined! }, ...named, ...strips(['a'], 1)] };
    const { text, tags } = parseDocument(await createReport({ date, parts }));
    expect(text).toContain('4 images in 2 classes, 1 of them without a label.');
    expect(text).toMatch(/a 1 1 no label 2 2 \(no label\) 1 1 all 4 4/);
    expect(tags.filter(({ name }) => name === 'img').map(({ attributes }) => attributes['alt'])).toEqual([
      'a: a-0',
      'no label: no label-1',
      'no label: no label-2',
      '(no label): no label-0',
    ]);
  });

  it('one scale for all explanations: the colour bar ends at it', async () => {
    const html = await createReport({
      date,
      explanations: [
        { id: 'small', explanation: explanation([8, 8, 1], ['a'], () => 0.001) },
        { id: 'large', explanation: explanation([8, 8, 1], ['a'], () => -0.5) },
      ],
    });
    const { text } = parseDocument(html);
    expect(text).toContain('−0.5 0 0.5 SHAP value');
  });

  it('one scale for all explanations: what is small beside another is pale', async () => {
    const made = (value: number) => ({ id: `${value}`, explanation: explanation([8, 8, 1], ['a'], () => value) });
    const overlayOf = async (explanations: ReportInput['explanations'] & object) => {
      const { tags } = parseDocument(await createReport({ date, explanations }));
      // The first row's second picture.
      const uri = tags.filter(({ name }) => name === 'img')[1]!.attributes['src']!;
      return decode(Uint8Array.from(atob(uri.split(',')[1]!), (character) => character.charCodeAt(0))).data;
    };
    const alone = await overlayOf([made(0.001)]);
    const beside = await overlayOf([made(0.001), made(-0.5)]);
    expect([...alone.subarray(0, 3)]).toEqual([255, 13, 87]);
    expect(Math.min(...beside.subarray(0, 3))).toBeGreaterThan(200);
  });

  it('outlines the region of a known finding in every picture of its row', async () => {
    const { tags } = parseDocument(await createReport({ date, explanations: ordinary.explanations! }));
    const outlines = tags.filter(({ name, attributes }) => name === 'rect' && attributes['class'] === undefined);
    expect(outlines).toHaveLength(4);
    for (const { attributes } of outlines) {
      expect(['x', 'y', 'width', 'height'].map((side) => Number(attributes[side]))).toEqual([
        0.1,
        0.2,
        0.4,
        expect.closeTo(0.7, 12),
      ]);
    }
  });

  it('draws explanations of nothing without a number that is none', async () => {
    const { text } = parseDocument(
      await createReport({
        date,
        explanations: [{ id: 'zero', explanation: explanation([8, 8, 3], ['a', 'b'], () => 0) }],
      }),
    );
    expect(text).toContain('0 0 0 SHAP value');
    expect(text).not.toMatch(/NaN|Infinity/);
  });

  it('says the predicted class is the largest output, right or wrong', async () => {
    const made = explanation([8, 8, 1], ['a', 'b'], () => 0.1);
    const text = async (label: string) =>
      parseDocument(await createReport({ date, explanations: [{ id: 'x', label, explanation: made }] })).text;
    expect(await text('a')).toContain('True class a , predicted a (right)');
    expect(await text('b')).toContain('True class b , predicted a (wrong)');
  });

  it('flattens the record of the run', async () => {
    const run = { seed: 7, nothing: null, skip: undefined, flag: false, options: { split: { ratios: [8, 1, 1] } } };
    const { text } = parseDocument(await createReport({ date, run }));
    expect(text).toContain('seed 7 nothing none flag no options split.ratios 8, 1, 1');
  });

  it('shows a record of the run that holds itself, and whole numbers of any size', async () => {
    const options: Record<string, RunValue> = { batchSize: 16, seeds: [1, 2n ** 70n] };
    const run: Record<string, RunValue> = {
      count: 12345678901234567890n,
      options,
      shared: [{ a: 1n }, options['seeds']],
    };
    options['self'] = options;
    options['list'] = [options];
    run['run'] = run;
    const { text } = parseDocument(await createReport({ date, run }));
    expect(text).toContain('count 12345678901234567890');
    expect(text).toContain('batchSize 16 seeds 1, 1180591620717411303424 self (circular) list (circular)');
    expect(text).toContain('shared {"a":"1"}, 1, 1180591620717411303424');
  });

  it.each([new Date(NaN), 'today', 0, null])('refuses the date %s', async (bad) => {
    await expect(createReport({ date: bad as never })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  const said = predictions(classes, 6, 1, 1);
  const explained = { id: 'x', explanation: explanation([4, 4, 1], ['a'], () => 0) };
  const film = { ...strips(['a'], 1)[0]! };
  const finished = finishedRow(spec('Xception', 'xception'), 0.8, 1);
  it.each<[string, unknown, RegExp]>([
    ['skipped: fiel', { skipped: [{ fiel: 'a' }] }, /^skipped\[0\]\.file must be text, got undefined/],
    [
      'skipped without an error',
      { skipped: [{ file: 'a' }] },
      /^skipped\[0\]\.error must be an error, or its sentence/,
    ],
    ['history {}', { history: {} }, /^history\.stages must be a list of stages/],
    ['history []', { history: [] }, /^history must be a history, as fineTune gives it, got \[\]/],
    ['a history of a further task', { furtherTasks: [{ history: {} }] }, /^furtherTasks\[0\]\.history\.stages must be/],
    ['model: nam', { model: { nam: 1 } }, /^model\.blocks must be a list of blocks/],
    ['model []', { model: [] }, /^model must be a model of tfjs layers, or its description/],
    [
      'a layer without parameters',
      { model: { blocks: [{ name: 'a', layers: [{ name: 'b', type: 'Dense', outputShape: [null, 2] }] }] } },
      /^model\.blocks\[0\]\.layers\[0\]\.parameters must be/,
    ],
    ['a data set as parts', { parts: [film] }, /^parts must be data sets by name.*Give a data set its name: \{ test/],
    ['a map of parts', { parts: new Map([['test', [film]]]) }, /^parts must be data sets by name.*got a Map/],
    ['a part that is none', { parts: { train: 1 } }, /^parts\.train must be a list of samples, got 1/],
    ['a part of nothing', { parts: { train: [null] } }, /^parts\.train must hold samples/],
    ['comparison {}', { comparison: {} }, /^comparison\.classes must be a list of names/],
    ['a comparison of numbers', { comparison: { classes, rows: [1] } }, /^comparison\.rows must be a list of rows/],
    ['an empty row', { comparison: { classes, rows: [{}] } }, /^comparison\.rows\[0\]\.spec must be the spec/],
    [
      'a row without a measure',
      { comparison: { classes, rows: [{ ...finished, stages: [{ ...finished.stages[0], test: {} }] }] } },
      /^comparison\.rows\[0\]\.stages\[0\]\.test\.samples must be/,
    ],
    [
      'a failure without a sentence',
      { comparison: { classes, rows: [{ ...finished, error: { code: 'x' } }] } },
      /^comparison\.rows\[0\]\.error\.message must be text/,
    ],
    [
      'a box without an end',
      { explanations: [{ ...explained, region: [{ left: 0, top: 0, right: 1 }] }] },
      /^explanations\[0\]\.region\[0\]\.bottom must be a finite number/,
    ],
    [
      'a box that is a number',
      { explanations: [{ ...explained, region: [1] }] },
      /^explanations\[0\]\.region must be a list, each entry a box/,
    ],
    ['explanation {}', { explanations: [{ id: 'x', explanation: {} }] }, /^explanations\[0\]\.explanation\.image must/],
    [
      'an explanation from JSON',
      { explanations: [JSON.parse(JSON.stringify(explained))] },
      /^explanations\[0\]\.explanation\.image must be an ndarray \[height, width, channels\]/,
    ],
    [
      'predictions as JSON',
      { stages: [{ name: 'x', test: predictionsToJSON(said) }] },
      /^stages\[0\]\.test\.probabilities must be an ndarray \[n, k\].*predictionsFromJSON\.$/,
    ],
    ['predictions {}', { stages: [{ name: 'x', validation: {} }] }, /^stages\[0\]\.validation\.classes must be/],
    ['a promise of predictions', { stages: [{ name: 'x', test: Promise.resolve(said) }] }, /got a promise\. Await it/],
    ['an unknown unfreeze', { stages: [{ name: 'x', unfreeze: 'tail' }] }, /^stages\[0\]\.unfreeze must be 'head' or/],
    ['a list that was run', { run: [1] }, /^run must be a record/],
  ])('refuses %s, and says where it is', async (_, input, message) => {
    await expect(createReport(input as ReportInput)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(message) as string,
    });
  });

  it('takes what has more fields than it reads, and a comparison and a history from JSON', async () => {
    const comparison = { classes, rows: [finished, failedRow] };
    const input = { date, comparison, history, skipped: [{ id: 'a', file: 'a.png', error: 'cut' }] };
    const saved = JSON.parse(JSON.stringify(input)) as typeof input;
    expect(await createReport({ ...saved, date })).toBe(await createReport(input));
  });

  it('refuses options out of range and labels that are missing', async () => {
    for (const options of [{ thumbnailsPerClass: -1 }, { thumbnailSide: 0 }, { confidence: 1 }, { confidence: NaN }]) {
      await expect(createReport({}, options)).rejects.toMatchObject({ code: 'invalid-argument' });
    }
    const unknown = { ...predictions(classes, 6, 1, 1), truth: new Int32Array(6).fill(-1) };
    await expect(createReport({ stages: [{ name: 'x', test: unknown }] })).rejects.toMatchObject({
      code: 'label-missing',
    });
  });

  it('stops when it is told to, with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const [first, ...rest] = strips(['a'], 3);
    let read = 0;
    const counting = rest.map((sample) => ({ ...sample, load: () => (read++, sample.load()) }));
    const stopping = { ...first!, load: () => (controller.abort(reason), first!.load()) };
    await expect(
      createReport({ parts: { train: [stopping, ...counting] } }, { signal: controller.signal }),
    ).rejects.toBe(reason);
    expect(read).toBe(0);
  });
});
