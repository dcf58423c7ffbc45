import { describe, expect, it } from 'vitest';
import {
  augment,
  augmentDataset,
  blurMasker,
  imageFromPixels,
  isSpineError,
  kFold,
  PartitionExplainer,
  resize,
  splitDataset,
} from 'spine-xray-ml';
import { phantomDataset } from 'spine-xray-ml/phantom';
import { createReport } from 'spine-xray-ml/report';
import { strips } from '../report/samples.js';

const films = strips(['a', 'b'], 12);
const image = imageFromPixels(new Uint8Array(4), { height: 2, width: 2 });

/** What plain JavaScript gives where the types want more. */
const calls: Readonly<Record<string, (none: never) => unknown>> = {
  'splitDataset(dataset)': (none) => splitDataset(films, none),
  'kFold(dataset)': (none) => kFold(films, none),
  'augment(image)': (none) => augment(image, none),
  'augmentDataset(dataset)': (none) => augmentDataset(films, none),
  'phantomDataset()': (none) => phantomDataset(none),
  'resize(image)': (none) => resize(image, none),
  'new PartitionExplainer(predict)': (none) => new PartitionExplainer((images) => images as never, none),
  'blurMasker()': (none) => blurMasker(none),
};

describe('a missing options object', () => {
  it.each(Object.entries(calls))('%s', (name, call) => {
    for (const none of [undefined, null, 7]) {
      let error: unknown;
      try {
        call(none as never);
      } catch (thrown) {
        error = thrown;
      }
      expect(isSpineError(error, 'invalid-argument'), String(error)).toBe(true);
      expect((error as Error).message).toContain(/(\w+)\(/.exec(name)![1]);
    }
  });

  it('createReport()', async () => {
    await expect(createReport(undefined as never)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it.each([{}, { size: null }, { size: '32' }, { size: [1, 2, 3] }])('blurMasker(%j)', (options) => {
    expect(() => blurMasker(options as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
