import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, imageFromTensor, imageToTensor, imagesToTensor, transpose } from 'spine-xray-ml';
import { useTestBackend } from '../support/backend.js';
import { valuesOf } from '../support/pixels.js';

useTestBackend();

const words = () =>
  ndarrayOf(
    Uint16Array.from({ length: 24 }, (_, i) => i * 1000),
    [2, 4, 3],
  );

describe('images and tensors', () => {
  it('keeps values and shape both ways, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const tensor = imageToTensor(words());
    expect(tensor.dtype).toBe('float32');
    const back = await imageFromTensor(tensor);
    tensor.dispose();
    expect(back.shape).toEqual([2, 4, 3]);
    expect(valuesOf(back)).toEqual(valuesOf(words()));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('shares no memory with the image', async () => {
    const image = ndarrayOf(Float32Array.of(1, 2, 3, 4), [2, 2, 1]);
    const tensor = imageToTensor(image);
    image.data[0] = 99;
    expect([...(await tensor.data())]).toEqual([1, 2, 3, 4]);
    const read = await imageFromTensor(tensor);
    read.data[1] = 99;
    expect([...(await tensor.data())]).toEqual([1, 2, 3, 4]);
    tensor.dispose();
  });

  it('reads strided views and integer tensors', async () => {
    const view = transpose.apply(words());
    const tensor = imageToTensor(view);
    expect(tensor.shape).toEqual([4, 2, 3]);
    expect([...(await tensor.data())]).toEqual(valuesOf(view));
    const integers = tf.tensor3d([1, 2, 3, 4], [2, 2, 1], 'int32');
    expect((await imageFromTensor(integers)).data).toEqual(Float32Array.of(1, 2, 3, 4));
    tf.dispose([tensor, integers]);
  });

  it('stacks images in order', async () => {
    const square = ndarrayOf(
      Float32Array.from({ length: 12 }, (_, i) => i),
      [2, 2, 3],
    );
    const batch = imagesToTensor([square, transpose.apply(square)]);
    expect(batch.shape).toEqual([2, 2, 2, 3]);
    expect([...(await batch.data())]).toEqual([...valuesOf(square), ...valuesOf(transpose.apply(square))]);
    batch.dispose();
  });

  it('refuses what is no image, and images that differ', async () => {
    const before = tf.memory().numTensors;
    const grey = ndarrayOf(new Uint8Array(6), [2, 3, 1]);
    expect(() => imagesToTensor([])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(() => imagesToTensor([grey, transpose.apply(grey)])).toThrow(
      expect.objectContaining({ code: 'image-shape', message: expect.stringContaining('number 1 is [3, 2, 1]') }),
    );
    expect(tf.memory().numTensors).toBe(before);
    const flat = tf.tensor2d([[1, 2]]);
    const alpha = tf.tensor3d([1, 2, 3, 4], [1, 1, 4]);
    await expect(imageFromTensor(flat as never)).rejects.toMatchObject({ code: 'image-shape' });
    await expect(imageFromTensor(alpha)).rejects.toMatchObject({ code: 'image-shape' });
    tf.dispose([flat, alpha]);
  });
});
