import { File, ready } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { isSpineError, readKerasH5, readKerasV3 } from 'spine-xray-ml';
import { described, expectWeights, weightFile } from '../../../support/weightFiles.js';

/** Of two batch norms with three variables, a file without variable names cannot tell gamma from beta. */
const positional = new Map([
  ['batch_normalization', ['beta', 'moving_mean', 'moving_variance']],
  ['uncentred', ['gamma', 'moving_mean', 'moving_variance']],
]);
const withPositions = (name: string) => {
  const [layer, variable] = name.split('/') as [string, string];
  const position = positional.get(layer)?.indexOf(variable) ?? -1;
  return position < 0 ? name : `${layer}/vars/${position}`;
};

describe('readKerasH5', () => {
  it('reads a whole legacy model, and legacy weights alone', async () => {
    expectWeights(await readKerasH5(weightFile('classes.full.h5')), 'classes');
    expectWeights(await readKerasH5(weightFile('classes.weights-only.h5')), 'classes');
    expectWeights(await readKerasH5(weightFile('xception4.weights-only.h5')), 'xception4');
  });

  it('reads a Keras 3 weights file by the names of its layers, and names variables where their class tells', async () => {
    expectWeights(await readKerasH5(weightFile('classes.weights.h5')), 'classes', withPositions);
    expectWeights(await readKerasH5(weightFile('xception4.weights.h5')), 'xception4');
  });

  it('reads lists of names cut into parts, and nested models in them', async () => {
    expectWeights(await readKerasH5(weightFile('chunked.weights-only.h5')), 'chunked');
  });

  it('leaves the places of layers where the file has no names, and reads compressed data sets', async () => {
    const named = await readKerasH5(weightFile('classes.weights.h5'));
    const nameless = await readKerasH5(weightFile('classes.nameless.weights.h5'));
    expect([...nameless.keys()]).toContain('layers/conv2d_1/vars/0');
    expect([...nameless.keys()]).toContain('layers/sequential/layers/conv2d/vars/1');
    expect([...nameless.values()].map(({ data }) => Array.from(data))).toEqual(
      [...named.values()].map(({ data }) => Array.from(data)),
    );
  });

  it.each(['float16', 'bfloat16', 'float64'])('reads %s', async (type) => {
    const weights = await readKerasH5(weightFile(`${type}.weights.h5`));
    expectWeights(weights, type);
    expect(weights.get('dense_of_type/kernel')?.data).toBeInstanceOf(type === 'float64' ? Float64Array : Float32Array);
  });

  it('reads a view into a larger buffer and leaves the bytes as they are', async () => {
    const bytes = weightFile('classes.weights.h5');
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 13);
    expectWeights(await readKerasH5(larger.subarray(13, 13 + bytes.length)), 'classes', withPositions);
    expect(larger.subarray(13, 13 + bytes.length)).toEqual(bytes);
  });

  it('reads the names of Keras 1', async () => {
    const { FS } = (await ready) as unknown as {
      FS: { readFile(path: string): Uint8Array; unlink(path: string): void };
    };
    const made = new File('/made.h5', 'w');
    const layers = {
      convolution2d_1: ['W', 'b'],
      batchnormalization_1: ['gamma', 'beta', 'running_mean', 'running_std'],
    };
    made.create_attribute('layer_names', Object.keys(layers));
    for (const [layer, variables] of Object.entries(layers)) {
      const group = made.create_group(layer);
      const names = variables.map((variable) => `${layer}_${variable}:0`);
      group.create_attribute('weight_names', names);
      names.forEach((name, index) => group.create_dataset({ name, data: new Float32Array([index]), shape: [1] }));
    }
    made.close();
    const bytes = FS.readFile('/made.h5');
    FS.unlink('/made.h5');
    expect([...(await readKerasH5(bytes))].map(([name, { data }]) => [name, data[0]])).toEqual([
      ['convolution2d_1/kernel', 0],
      ['convolution2d_1/bias', 1],
      ['batchnormalization_1/gamma', 0],
      ['batchnormalization_1/beta', 1],
      ['batchnormalization_1/moving_mean', 2],
      ['batchnormalization_1/moving_variance', 3],
    ]);
  });

  it('reads several files at once', async () => {
    const [legacy, recent] = await Promise.all([
      readKerasH5(weightFile('xception4.weights-only.h5')),
      readKerasH5(weightFile('xception4.weights.h5')),
    ]);
    expectWeights(legacy, 'xception4');
    expectWeights(recent, 'xception4');
  });
});

describe('readKerasV3', () => {
  it('knows names of layers and variables from the configuration, stored or deflated', async () => {
    expectWeights(await readKerasV3(weightFile('classes.keras')), 'classes');
    expectWeights(await readKerasV3(weightFile('classes.deflated.keras')), 'classes');
  });

  it('refuses an entry that claims to unfold too far, before it does', async () => {
    const bytes = weightFile('classes.deflated.keras');
    const view = new DataView(bytes.buffer);
    let position = bytes.length - 22;
    position = view.getUint32(position + 16, true);
    for (; view.getUint32(position, true) === 0x02014b50; position += 46 + view.getUint16(position + 28, true))
      view.setUint32(position + 24, 0xfffffff0, true);
    const failure = await readKerasV3(bytes).catch((error: unknown) => error);
    expect(isSpineError(failure, 'weights-format')).toBe(true);
    expect((failure as Error).message).toMatch(/over 100 times/);
  });
});

describe('both', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('{"format": "layers-model"}')],
    ['the beginning of an HDF5 file', weightFile('classes.full.h5').subarray(0, 2000)],
  ])('refuse %s', async (_, bytes) => {
    for (const read of [readKerasH5, readKerasV3]) {
      const failure = await read(bytes).catch((error: unknown) => error);
      expect(isSpineError(failure, 'weights-format')).toBe(true);
    }
  });

  it('send a file to the other reader with a sentence, not a crash', async () => {
    const asH5 = await readKerasH5(weightFile('classes.keras')).catch((error: unknown) => error);
    expect((asH5 as Error).message).toMatch(/does not begin as an HDF5 file/);
    const asKeras = await readKerasV3(weightFile('classes.full.h5')).catch((error: unknown) => error);
    expect((asKeras as Error).message).toMatch(/not a zip archive/);
  });

  it('are tested on every kind of variable', () => {
    const variables = new Set((described['classes'] ?? []).map(({ name }) => name.split('/')[1]));
    for (const variable of [
      'kernel',
      'bias',
      'gamma',
      'beta',
      'moving_mean',
      'moving_variance',
      'depthwise_kernel',
      'pointwise_kernel',
      'mean',
      'variance',
      'count',
    ]) {
      expect([...variables]).toContain(variable);
    }
  });
});

describe('data sets that are read piece by piece', () => {
  it.each([
    ['along the first axis', [7, 600, 500]],
    ['along an axis within', [1, 2, 2500, 700]],
    ['of one long row', [3_000_000]],
  ])('come out whole and in order, %s', async (_, shape) => {
    const { FS } = await ready;
    const data = Float32Array.from({ length: shape.reduce((product, side) => product * side) }, (_, index) => index);
    const made = new File('/pieces.h5', 'w');
    made.create_attribute('layer_names', ['large']);
    const group = made.create_group('large');
    group.create_attribute('weight_names', ['large/kernel']);
    group.create_group('large').create_dataset({ name: 'kernel', data, shape });
    made.close();
    const kernel = (await readKerasH5(FS.readFile('/pieces.h5'))).get('large/kernel');
    FS.unlink('/pieces.h5');
    expect(kernel?.shape).toEqual(shape);
    expect(Buffer.compare(Buffer.from(kernel?.data.buffer as ArrayBuffer), Buffer.from(data.buffer))).toBe(0);
  });
});
