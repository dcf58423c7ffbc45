import { describe, expect, it } from 'vitest';
import { isSpineError, type Image, type Sample } from 'spine-xray-ml';
import {
  describePhantom,
  phantomClasses,
  phantomDataset,
  phantomParameters,
  phantomTruth,
  regionMask,
  renderPhantom,
  renderPhantomDefaults,
  type PhantomClass,
  type PhantomDatasetOptions,
  type PhantomView,
} from 'spine-xray-ml/phantom';

const bytes = (image: Image) => image.data as Uint8Array;

describe('phantomDataset', () => {
  it('deals classes evenly, in shuffled order, with ids and groups of their own', () => {
    const dataset = phantomDataset({ seed: 1, total: 61 });
    const counts = phantomClasses.map((name) => dataset.filter(({ label }) => label === name).length);
    expect([...counts].sort()).toEqual([20, 20, 21]);
    expect(dataset.slice(0, 9).map(({ label }) => label)).not.toEqual([
      ...phantomClasses,
      ...phantomClasses,
      ...phantomClasses,
    ]);
    expect(new Set(dataset.map(({ id }) => id)).size).toBe(61);
    for (const { id, group } of dataset) expect(group).toBe(id);
  });

  it('says in meta what its truth says', () => {
    for (const sample of phantomDataset({ seed: 2, total: 30 })) {
      const truth = phantomTruth(sample);
      expect(sample.meta).toMatchObject({
        cobbAngle: truth.cobbAngle,
        slip: truth.slip,
        slipLevel: truth.slipLevel,
        facing: truth.facing,
        endVertebrae: `${truth.endVertebrae.upper}-${truth.endVertebrae.lower}`,
      });
      expect(truth.finding).toBe(sample.label);
      for (const value of Object.values(sample.meta!)) expect(['string', 'number']).toContain(typeof value);
    }
  });

  it('loads the same bytes again, in any order and from any data set of its seed', async () => {
    const options = { seed: 3, total: 6, size: 128 } as const;
    const forwards: Uint8Array[] = [];
    for (const sample of phantomDataset(options)) forwards.push(bytes(await sample.load()));
    const again = phantomDataset(options);
    for (const index of [5, 0, 3, 1, 4, 2]) {
      expect(bytes(await again[index]!.load())).toEqual(forwards[index]);
      expect(bytes(await again[index]!.load({ epoch: 4 }))).toEqual(forwards[index]);
    }
    expect(new Set(forwards.map(String)).size).toBe(6);
    expect(bytes(await phantomDataset({ ...options, seed: 4 })[0]!.load())).not.toEqual(forwards[0]);
  });

  it.each([
    ['biplanar', [448, 448, 1]],
    ['frontal', [448, 224, 1]],
    ['lateral', [448, 224, 1]],
  ] as const)('%s images are %j bytes', async (view, shape) => {
    const [sample] = phantomDataset({ seed: 5, total: 4, view });
    const image = await sample!.load();
    expect(image.shape).toEqual(shape);
    expect(image.data).toBeInstanceOf(Uint8Array);
    const truth = phantomTruth(sample!);
    expect([truth.height, truth.width, 1]).toEqual(shape);
  });

  it('use the range of a byte without saturating', async () => {
    for (const sample of phantomDataset({ seed: 6, total: 12 })) {
      const values = bytes(await sample.load());
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      const white = values.filter((value) => value >= 249).length / values.length;
      expect(mean).toBeGreaterThan(50);
      expect(mean).toBeLessThan(170);
      expect(deviation).toBeGreaterThan(25);
      expect(white).toBeLessThan(0.02);
    }
  });

  it('a single view is that half of the biplanar image', async () => {
    const parameters = phantomParameters(7, 0, 'scoliosis');
    const both = renderPhantom(parameters, { size: 128 });
    for (const [view, left] of [
      ['frontal', 0],
      ['lateral', 64],
    ] as const) {
      const single = renderPhantom(parameters, { view, size: 128 });
      expect(single.shape).toEqual([128, 64, 1]);
      for (let row = 0; row < 128; row++) {
        expect(bytes(single).subarray(row * 64, (row + 1) * 64)).toEqual(
          bytes(both).subarray(row * 128 + left, row * 128 + left + 64),
        );
      }
    }
  });

  it('single views come with the classes that they can show', () => {
    const classesOf = (view: PhantomView) =>
      [...new Set(phantomDataset({ seed: 8, total: 20, view }).map(({ label }) => label))].sort();
    expect(classesOf('frontal')).toEqual(['normal', 'scoliosis']);
    expect(classesOf('lateral')).toEqual(['normal', 'spondylolisthesis']);
    expect(classesOf('biplanar')).toEqual(['normal', 'scoliosis', 'spondylolisthesis']);
  });

  it('load rejects with the reason of an aborted signal', async () => {
    const [sample] = phantomDataset({ seed: 9, total: 3 });
    const reason = new Error('enough');
    await expect(sample!.load({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each<[string, Partial<Record<keyof PhantomDatasetOptions, unknown>>, RegExp]>([
    ['no seed', { seed: undefined }, /seed/],
    ['fewer samples than classes', { total: 2 }, /total must be an integer of at least 3.*got 2/],
    ['a total that is no integer', { total: 10.5 }, /10\.5/],
    ['an unknown view', { view: 'oblique' }, /view must be.*"oblique"/],
    ['an unknown class', { classes: ['normal', 'fracture'] }, /Unknown class "fracture"/],
    ['a class named twice', { classes: ['normal', 'normal'] }, /twice/],
    ['no class', { classes: [] }, /classes is empty/],
    [
      'a slip from the front',
      { view: 'frontal', classes: ['normal', 'spondylolisthesis'] },
      /frontal view cannot show spondylolisthesis.*from the side only/,
    ],
    [
      'a curve from the side',
      { view: 'lateral', classes: ['scoliosis'] },
      /lateral view cannot show scoliosis.*from the front only/,
    ],
    ['an odd size', { size: 225 }, /size must be an even/],
    ['a tiny size', { size: 10 }, /size must be.*got 10/],
  ])('refuses %s', (_, change, message) => {
    const ask = () => phantomDataset({ seed: 1, total: 9, ...change } as PhantomDatasetOptions);
    expect(ask).toThrow(message);
    expect(codeOf(ask)).toBe('invalid-argument');
  });
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isSpineError(error)) return error.code;
  }
  return undefined;
}

describe('phantomTruth', () => {
  it('survives what JSON does to a sample, and refuses copies and strangers', () => {
    const [sample] = phantomDataset({ seed: 1, total: 3, size: 128 });
    const load = () => sample!.load();
    const copy = { ...(JSON.parse(JSON.stringify(sample)) as Sample), load };
    expect(phantomTruth(copy)).toEqual(phantomTruth(sample!));
    expect(() => phantomTruth({ ...sample!, id: 'x', source: sample!.id })).toThrow(/copy of/);
    expect(codeOf(() => phantomTruth({ id: 'film-1', label: 'normal', load }))).toBe('invalid-argument');
  });

  it('scales its landmarks, not its region, with the size', () => {
    const parameters = phantomParameters(2, 0, 'spondylolisthesis');
    const large = describePhantom(parameters, 'spondylolisthesis');
    const small = describePhantom(parameters, 'spondylolisthesis', { size: 224 });
    expect(large.height).toBe(renderPhantomDefaults.size);
    expect(small.vertebrae[16]!.lateral!.lowerLeft[0]).toBeCloseTo(large.vertebrae[16]!.lateral!.lowerLeft[0] / 2, 9);
    expect(small.region[0]!.left).toBeCloseTo(large.region[0]!.left, 9);
  });

  it('regionMask cuts boxes off at the edges of the image', () => {
    const bytesOf = (left: number, top: number, right: number, bottom: number) => [
      ...regionMask([{ left, top, right, bottom }], [2, 4]).data,
    ];
    expect(bytesOf(-0.5, 0.5, 0.25, 1)).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
    expect(bytesOf(0.5, 0, 1.5, 0.5)).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(bytesOf(0.75, -3, 9, 9)).toEqual([0, 0, 0, 1, 0, 0, 0, 1]);
    expect(bytesOf(1.25, 0, 1.5, 1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('regionMask covers the boxes and nothing else', () => {
    const mask = regionMask([{ left: 0.25, top: 0.5, right: 0.5, bottom: 1 }], [8, 16]);
    expect(mask.shape).toEqual([8, 16, 1]);
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 16; column++)
        expect(mask.get(row, column, 0)).toBe(row >= 4 && column >= 4 && column < 8 ? 1 : 0);
    }
    expect(bytes(regionMask([], [4, 4])).every((value) => value === 0)).toBe(true);
  });
});

describe('nothing but the finding differs between the classes', () => {
  const twins = Array.from({ length: 6 }, (_, i) => {
    const render = (finding: PhantomClass, view: PhantomView) =>
      bytes(renderPhantom(phantomParameters(11, i, finding), { view, size: 128 }));
    return { render };
  });

  it('the lateral view of a scoliosis is, byte by byte, that of its normal twin', () => {
    for (const { render } of twins) {
      expect(render('scoliosis', 'lateral')).toEqual(render('normal', 'lateral'));
      expect(render('scoliosis', 'frontal')).not.toEqual(render('normal', 'frontal'));
    }
  });

  it('the frontal view of a spondylolisthesis is, byte by byte, that of its normal twin', () => {
    for (const { render } of twins) {
      expect(render('spondylolisthesis', 'frontal')).toEqual(render('normal', 'frontal'));
      expect(render('spondylolisthesis', 'lateral')).not.toEqual(render('normal', 'lateral'));
    }
  });

  it.each(['left', 'right'] as const)(
    'bodies are brighter than discs: landmarks lie where the pixels say (facing %s)',
    (facing) => {
      let [bodies, discs, n] = [0, 0, 0];
      for (let i = 0; i < 10; i++) {
        const parameters = { ...phantomParameters(12, i, 'normal'), facing };
        const truth = describePhantom(parameters, 'normal');
        const image = renderPhantom(parameters);
        const lumbar = truth.vertebrae.slice(12);
        lumbar.slice(0, 4).forEach(({ lateral }, k) => {
          const below = lumbar[k + 1]!.lateral!;
          const middle = (...points: (readonly [number, number])[]) =>
            points.reduce(([x, y], p) => [x + p[0] / points.length, y + p[1] / points.length] as const, [
              0, 0,
            ] as readonly [number, number]);
          const at = ([x, y]: readonly [number, number]) => image.get(Math.floor(y), Math.floor(x), 0);
          bodies += at(middle(lateral!.upperLeft, lateral!.upperRight, lateral!.lowerLeft, lateral!.lowerRight));
          discs += at(middle(lateral!.lowerLeft, lateral!.lowerRight, below.upperLeft, below.upperRight));
          n++;
        });
      }
      expect(bodies / n - discs / n).toBeGreaterThan(50);
    },
  );
});
