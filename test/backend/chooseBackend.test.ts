import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  chooseBackend,
  isSpineError,
  type BackendCandidate,
  type BackendReport,
  type ChooseBackendOptions,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { useTestBackend } from '../support/backend.js';
import { registerFake, removeFake, type Fake } from './fakeBackends.js';

useTestBackend();

const fakes: string[] = [];
function fake(name: string, how?: Fake): void {
  fakes.push(name);
  registerFake(name, how);
}
afterEach(async () => {
  await tf.setBackend('cpu');
  removeTrainingKernels();
  for (const name of fakes.splice(0)) removeFake(name);
});

const of = (report: BackendReport, name: string) => report.candidates.find((candidate) => candidate.name === name)!;
const names = (report: BackendReport) => report.candidates.map(({ name }) => name);

describe('chooseBackend', () => {
  it('takes the first that passes, makes it the current one, and tells what it found', async () => {
    const tensors = tf.memory().numTensors;
    const report = await chooseBackend();
    expect(report).toMatchObject({ chosen: 'cpu', require: 'training' });
    expect(report.candidates).toHaveLength(1);
    const [cpu] = report.candidates as [BackendCandidate];
    expect(cpu).toMatchObject({ name: 'cpu', usable: true, missingKernels: [], milliseconds: undefined });
    expect(cpu.worstError).toBeLessThan(1e-5);
    expect(cpu.worstError).toBeGreaterThan(0);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('ranks by name, unknown ones last, and moves preferred ones to the front', async () => {
    fake('surprise');
    fake('wasm');
    fake('webgl');
    expect(names(await chooseBackend())).toEqual(['webgl', 'wasm', 'cpu', 'surprise']);
    expect(tf.getBackend()).toBe('webgl');
    expect(names(await chooseBackend({ prefer: 'surprise' }))).toEqual(['surprise', 'webgl', 'wasm', 'cpu']);
    expect(names(await chooseBackend({ prefer: ['cpu', 'surprise'], require: 'inference' }))).toEqual([
      'cpu',
      'surprise',
      'webgl',
      'wasm',
    ]);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('ranks by measured time if asked, but not before what is preferred', async () => {
    fake('webgl', { delay: 150 });
    fake('other', { delay: 300 });
    const report = await chooseBackend({ probe: true, require: 'inference' });
    expect(names(report)).toEqual(['cpu', 'webgl', 'other']);
    expect(of(report, 'webgl').milliseconds).toBeGreaterThan(of(report, 'cpu').milliseconds!);
    expect(of(report, 'webgl').reason).toMatch(/ takes about \d+\.\d ms to do it for 16 images\.$/);
    expect(names(await chooseBackend({ probe: true, require: 'inference', prefer: 'webgl' }))).toEqual([
      'webgl',
      'cpu',
      'other',
    ]);
  });

  it.each<[string, 'inference' | 'training', Record<string, (value: number) => number>, RegExp]>([
    [
      'a forward kernel is wrong',
      'inference',
      { MaxPool: (value) => 1.01 * value },
      /computes wrongly: the feature maps .* off by/,
    ],
    [
      'a fused kernel is wrong',
      'inference',
      { FusedConv2D: (value) => value + 0.05 },
      /the (outputs|feature maps) .* off by/,
    ],
    [
      'only a gradient is wrong',
      'training',
      { DepthwiseConv2dNativeBackpropFilter: (value) => 0.99 * value },
      /the gradient for "depthwise" .* off by 1\.0e-2/,
    ],
    ['a gradient is lost', 'training', { Conv2DBackpropInput: () => 0 }, /off by 1\.0e\+0/],
    ['a number is none', 'training', { MaxPoolGrad: () => NaN }, /off by Infinity/],
    [
      'a kernel fails',
      'training',
      {
        MaxPoolGrad: () => {
          throw new Error('no memory');
        },
      },
      /failed at a small network: no memory/,
    ],
  ])('passes over a backend of which %s', async (_, require, changed, reason) => {
    fake('webgpu', { changed });
    const tensors = tf.memory().numTensors;
    const report = await chooseBackend({ require, prefer: 'webgpu' });
    expect(report.chosen).toBe('cpu');
    expect(of(report, 'webgpu')).toMatchObject({ usable: false, reason: expect.stringMatching(reason) as string });
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('lets a wrong gradient pass where nothing is to be trained', async () => {
    fake('webgpu', { changed: { DepthwiseConv2dNativeBackpropFilter: () => 0 } });
    expect((await chooseBackend({ require: 'inference' })).chosen).toBe('webgpu');
  });

  it('names missing kernels, and takes back those that it supplied to a backend that fails', async () => {
    fake('webgl', { without: ['MaxPoolGrad', 'Conv2DBackpropFilter'] });
    const report = await chooseBackend();
    expect(of(report, 'webgl')).toMatchObject({
      usable: false,
      missingKernels: ['MaxPoolGrad'],
      worstError: undefined,
    });
    expect(of(report, 'webgl').reason).toContain('MaxPoolGrad');
    expect(tf.getKernel('Conv2DBackpropFilter', 'webgl')).toBeUndefined();
  });

  it('leaves the kernels of others as they were, and those of the chosen one in place', async () => {
    fake('webgpu', { without: ['Conv2DBackpropFilter', 'Exp'] });
    fake('webgl', { without: ['Conv2DBackpropFilter'] });
    fake('tensorflow', { without: ['Conv2DBackpropFilter'] });
    expect((await chooseBackend()).chosen).toBe('webgl');
    const has = (name: string) => tf.getKernel('Conv2DBackpropFilter', name) !== undefined;
    expect(['webgpu', 'webgl', 'tensorflow'].map(has)).toEqual([false, true, false]);
    // A second choice takes none away from the first.
    expect((await chooseBackend({ prefer: 'tensorflow' })).chosen).toBe('tensorflow');
    expect(['webgpu', 'webgl', 'tensorflow'].map(has)).toEqual([false, true, true]);
  });

  it('takes half precision for predictions, says so, and not for training', async () => {
    fake('webgl', { changed: { Add: (value) => Math.round(value * 1024) / 1024 } });
    const inference = of(await chooseBackend({ require: 'inference' }), 'webgl');
    expect(inference).toMatchObject({ usable: true, reason: expect.stringContaining('half precision') as string });
    expect(of(await chooseBackend(), 'webgl')).toMatchObject({
      usable: false,
      reason: expect.stringContaining('half precision') as string,
    });
  });

  it('reports what is preferred but not registered, and what cannot start', async () => {
    fakes.push('webgpu');
    tf.registerBackend('webgpu', () => Promise.reject(new Error('no adapter')));
    const report = await chooseBackend({ prefer: ['wasm', 'webgpu'] });
    expect(report.chosen).toBe('cpu');
    expect(of(report, 'wasm').reason).toMatch(/not registered.*@tensorflow\/tfjs-backend-wasm/);
    expect(of(report, 'webgpu').reason).toMatch(/could not start/);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('leaves the backend before in place if it is only to report', async () => {
    fake('webgl');
    expect((await chooseBackend({ activate: false })).chosen).toBe('webgl');
    expect(tf.getBackend()).toBe('cpu');
  });

  it('says of each why not, if none will do, and leaves the backend before in place', async () => {
    fake('webgl', { without: ['Exp'] });
    fake('webgpu', { changed: { Relu: (value) => value + 1 } });
    const softmax = tf.getKernel('Softmax', 'cpu');
    tf.unregisterKernel('Softmax', 'cpu');
    try {
      await expect(chooseBackend()).rejects.toSatisfy(
        (error) =>
          isSpineError(error, 'backend-unfit') &&
          /webgpu: It computes wrongly.*webgl: It lacks .*Exp.*cpu: .*Softmax/s.test(error.message) &&
          (error.details['candidates'] as unknown[]).length === 3,
      );
    } finally {
      tf.registerKernel(softmax);
    }
    expect(tf.getBackend()).toBe('cpu');
  });

  it('can be aborted between two candidates', async () => {
    fake('webgl');
    const controller = new AbortController();
    const choice = chooseBackend({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(choice).rejects.toThrow('enough');
    expect(tf.getBackend()).toBe('cpu');
    const started = new AbortController();
    const changed = { MaxPool: (value: number) => (started.abort(new Error('in between')), value) };
    fake('webgpu', { changed });
    await expect(chooseBackend({ signal: started.signal })).rejects.toThrow('in between');
    expect(tf.getBackend()).toBe('cpu');
  });

  it('does one choice after the other', async () => {
    fake('webgl');
    const reports = await Promise.all([chooseBackend({ prefer: 'cpu' }), chooseBackend({ require: 'inference' })]);
    expect(reports.map(({ chosen }) => chosen)).toEqual(['cpu', 'webgl']);
    expect(tf.getBackend()).toBe('webgl');
  });

  it.each([
    { require: 'prediction' as 'inference' },
    { prefer: '' },
    { prefer: [3 as unknown as string] },
    { prefers: 'cpu' } as ChooseBackendOptions,
    null as unknown as ChooseBackendOptions,
  ])('refuses %o', async (options) => {
    await expect(chooseBackend(options)).rejects.toSatisfy((error) => isSpineError(error, 'invalid-argument'));
  });

  it('takes an undefined option for one that is not given', async () => {
    const options = {
      prefer: undefined,
      require: undefined,
      probe: undefined,
      activate: undefined,
      signal: undefined,
    } as unknown as object;
    expect(await chooseBackend(options)).toEqual(await chooseBackend());
  });
});
