import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { maxWasmThreads, useWasmThreads, type WasmBackendPackage } from 'spine-xray-ml/node';
import { hostFile, hostFolder, runHost, useHostProcesses, type Form, type Outcome } from './hostProcess.js';
import { failure } from './temporary.js';

// A backend starts once in a process: each case has one of its own.
useHostProcesses();

const forms: readonly Form[] = ['esm', 'cjs'];

/** Everything of the process that the start touches, as text that can be compared. */
const state = `
  const known = new Map();
  const idOf = (value) => known.get(value) ?? (known.set(value, known.size), known.size - 1);
  const state = () => JSON.stringify([
    [workerThreads.Worker, os.cpus, URL.createObjectURL, Error.prepareStackTrace].map(idOf),
    [os.cpus().length, Error.stackTraceLimit, 'prepareStackTrace' in Error],
    Object.getOwnPropertyDescriptor(globalThis, 'Worker') ?? 'no global Worker',
    ['uncaughtException', 'unhandledRejection', 'exit'].map((event) => process.rawListeners(event).map(idOf)),
    [Object.keys(process.env).length, process.execArgv, tf.env().features['WASM_HAS_MULTITHREAD_SUPPORT']],
  ]);
  const product = () => tf.tidy(() => [...tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync()]);
`;
const productIs = [19, 22, 43, 50];

describe.each(forms)('useWasmThreads in a host of form %s', (form) => {
  it('computes on the threads asked for, changes nothing else, and the process ends by itself', async () => {
    const outcome = await runHost(
      form,
      `${state}
      process.on('uncaughtException', (error) => { throw error; });
      const before = state();
      print(await node.useWasmThreads(wasm, { threads: 2 }));
      print([tf.getBackend(), wasm.getThreadsCount(), product(), state() === before]);`,
    );
    expect(outcome).toEqual({ exitCode: 0, printed: [2, ['wasm', 2, productIs, true]], stderr: '' });
  });

  it('says why when the backend has started on one thread, and leaves it running', async () => {
    const outcome = await runHost(
      form,
      `${state}
      await spine.useBackend('wasm');
      const before = state();
      const error = await node.useWasmThreads(wasm, { threads: 2 }).catch((error) => error);
      print([spine.isSpineError(error, 'threads-unavailable'), error.message]);
      print([tf.getBackend(), product(), state() === before]);`,
    );
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.printed).toEqual([
      [true, expect.stringContaining('started already, on one thread')],
      ['wasm', productIs, true],
    ]);
  });
});

describe('results', () => {
  /** Prints sums of bytes of what a backend computes: kernels, a prediction, training with the gradient kernels. */
  const work = `
    const { createHash } = await import('node:crypto');
    const sum = (values) => createHash('sha256').update(Buffer.from(values.buffer, values.byteOffset, values.byteLength)).digest('hex');
    const kernel = (name, compute) => print([name, sum(tf.tidy(() => compute().dataSync()))]);
    const noise = (shape, seed) => tf.randomUniform(shape, -1, 1, 'float32', seed);
    const [x, pointwise, filter] = [noise([3, 29, 31, 40], 1), noise([1, 1, 40, 72], 2), noise([3, 3, 40, 17], 3)];
    const depthwise = noise([3, 3, 40, 1], 4);
    kernel('pointwise', () => tf.conv2d(x, pointwise, 1, 'same'));
    kernel('convolution', () => tf.conv2d(x, filter, 2, 'valid'));
    kernel('depthwise', () => tf.depthwiseConv2d(x, depthwise, 1, 'same'));
    kernel('matMul', () => tf.matMul(noise([517, 301], 5), noise([301, 263], 6)));
    kernel('transposed matMul', () => tf.matMul(noise([517, 301], 5), noise([263, 301], 7), false, true));
    kernel('pooling', () => tf.maxPool(x, 3, 2, 'same'));
    kernel('average', () => tf.avgPool(x, 3, 2, 'same'));
    kernel('resize', () => tf.image.resizeBilinear(x, [61, 17]));
    kernel('elementwise', () => tf.sigmoid(tf.add(tf.relu(x), tf.exp(x))));
    kernel('sum', () => tf.sum(x, [1, 2]));
    kernel('softmax', () => tf.softmax(tf.reshape(x, [-1, 40])));
    print(spine.ensureTrainingKernels());
    kernel('gradient', () => tf.grad((x) => tf.sum(tf.square(tf.conv2d(x, filter, 2, 'same'))))(x));
    kernel('depthwise gradient', () => tf.grad((filter) => tf.sum(tf.square(tf.depthwiseConv2d(x, filter, 1, 'same'))))(depthwise));

    const classes = ['normal', 'scoliosis'];
    const model = spine.buildXception({ classes, seed: 1, inputShape: [64, 64, 3], width: 0.125, endBlock: 4 });
    const films = Array.from({ length: 8 }, (_, index) => ({
      id: String(index), label: classes[index % 2],
      load: async () => spine.ndarrayOf(Float32Array.from({ length: 64 * 64 * 3 }, (_, i) => ((i * (7919 + index)) % 256) / 255), [64, 64, 3]),
    }));
    print(['prediction', sum((await spine.predictDataset(model, films)).probabilities.data)]);
    const tensors = tf.memory().numTensors;
    const stage = (name, unfreeze, batchNorm) => ({ name, unfreeze, batchNorm, epochs: 1, learningRate: 1e-3 });
    const history = await spine.fineTune(model, { train: films, validation: films }, {
      seed: 3, batchSize: 4, stages: [stage('head', 'head', 'frozen'), stage('all', 'all', 'frozen'), stage('statistics', 'all', 'trained')],
    });
    print(history.stages.map(({ epochs }) => [epochs[0].loss, epochs[0].validationLoss]));
    print(['weights', ...model.getWeights().map((weight) => sum(weight.dataSync()))]);
    print(tf.memory().numTensors - tensors);`;

  it(
    'are equal to the bit to those of one thread: kernels, gradients, a prediction, training',
    { timeout: 120_000 },
    async () => {
      const one = await runHost('esm', `await spine.useBackend('wasm');\n${work}`);
      expect(one).toMatchObject({ exitCode: 0, stderr: '' });
      expect(one.printed).toHaveLength(18);
      expect(one.printed.at(-1)).toBe(0);
      for (const threads of [2, 3]) {
        const several = await runHost(
          'esm',
          `if ((await node.useWasmThreads(wasm, { threads: ${threads} })) !== ${threads}) throw new Error('other count');\n${work}`,
        );
        expect(several).toEqual(one);
      }
    },
  );

  it('come from the same entry points as on one thread', async () => {
    const { printed } = await runHost(
      'esm',
      `const keys = () => Object.keys(tf.backend().wasm.tfjs).sort();
      await spine.useBackend('wasm');
      print(keys());
      tf.removeBackend('wasm');
      await node.useWasmThreads(wasm, { threads: 2 });
      print(keys());`,
    );
    expect(printed).toHaveLength(2);
    expect(printed[1]).toEqual(printed[0]);
  });
});

describe('the process', () => {
  it.each([
    ['throws and nobody catches', 'setTimeout(() => { throw new Error("by the host"); });', 1],
    ['rejects and nobody catches', 'void Promise.reject(new Error("by the host"));', 1],
    ['catches what was thrown', 'try { throw new Error("by the host"); } catch {}', 0],
    ['sets its exit code', 'process.exitCode = 3;', 3],
    ['exits', 'process.exit(4);', 4],
    ['disposes of the backend first', "tf.removeBackend('wasm');", 0],
  ])('ends with its own exit code when it %s', async (_, body, exitCode) => {
    const outcome = await runHost(
      'esm',
      `await node.useWasmThreads(wasm, { threads: 2 });\ntf.add(1, 2).dataSync();\n${body}`,
    );
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr.includes('by the host')).toBe(exitCode === 1);
  });

  it('may be a worker thread of a host, which ends by itself, too', async () => {
    const inWorker = hostFile(
      'esm',
      `${state} print(await node.useWasmThreads(wasm, { threads: 2 })); print(product());`,
    );
    const { printed, exitCode } = await runHost(
      'esm',
      `new workerThreads.Worker(${JSON.stringify(inWorker)}).on('exit', (code) => print(['ended', code]));`,
    );
    expect(printed).toEqual([2, productIs, ['ended', 0]]);
    expect(exitCode).toBe(0);
  });

  it('keeps its listeners for uncaught errors when the backend is removed', async () => {
    const { printed } = await runHost(
      'esm',
      `const listener = () => undefined;
      process.on('uncaughtException', listener).on('unhandledRejection', listener);
      await node.useWasmThreads(wasm, { threads: 2 });
      tf.removeBackend('wasm');
      print([process.listeners('uncaughtException').length, process.listeners('unhandledRejection').length]);`,
    );
    expect(printed).toEqual([[1, 1]]);
  });
});

describe('another call', () => {
  it('with the same count, or none, only makes the backend active again; with another one says what to do', async () => {
    const { printed } = await runHost(
      'esm',
      `print(await node.useWasmThreads(wasm, { threads: 2 }));
      const started = tf.backend();
      tf.registerBackend('other', () => new wasm.BackendWasm(started.wasm));
      await tf.setBackend('other');
      print([await node.useWasmThreads(wasm, { threads: 2 }), await node.useWasmThreads(wasm), tf.backend() === started]);
      const error = await node.useWasmThreads(wasm, { threads: 3 }).catch((error) => error);
      print([error.code, error.message]);`,
    );
    expect(printed).toEqual([
      2,
      [2, 2, true],
      ['threads-unavailable', expect.stringContaining('started already, on 2 threads')],
    ]);
  });

  it('at the same time shares one backend', async () => {
    const { printed, exitCode } = await runHost(
      'esm',
      `${state} const calls = [1, 2, 3].map(() => node.useWasmThreads(wasm, { threads: 2 }));
      await Promise.race(calls);
      const kept = tf.tensor1d([5, 6]);
      print(await Promise.all(calls));
      print([wasm.getThreadsCount(), product(), [...kept.dataSync()]]);`,
    );
    expect(printed).toEqual([
      [2, 2, 2],
      [2, productIs, [5, 6]],
    ]);
    expect(exitCode).toBe(0);
  });

  it('after a start that is under way on one thread waits for it, and says so', async () => {
    const { printed } = await runHost(
      'esm',
      `const factory = tf.findBackendFactory('wasm');
      tf.removeBackend('wasm');
      tf.registerBackend('wasm', async () => {
        await new Promise((resolve) => setTimeout(resolve, 2000));
        return factory();
      });
      const starting = tf.setBackend('wasm');
      const error = await node.useWasmThreads(wasm, { threads: 2 }).catch((error) => error);
      print([error.code, await starting, wasm.getThreadsCount()]);`,
    );
    expect(printed).toEqual([['threads-unavailable', true, 1]]);
  });

  it('after removeBackend starts anew, with another count; one thread is one, too', async () => {
    const { printed, exitCode } = await runHost(
      'esm',
      `${state} for (const threads of [2, 3, 1, ${maxWasmThreads}]) {
        print([await node.useWasmThreads(wasm, { threads }), wasm.getThreadsCount(), product()]);
        tf.removeBackend('wasm');
      }
      print(tf.engine().backendNames());`,
    );
    expect(printed).toEqual([...[2, 3, 1, maxWasmThreads].map((threads) => [threads, threads, productIs]), []]);
    expect(exitCode).toBe(0);
  });

  it('is not needed after tf.engine().reset(): the next use starts the same number again', async () => {
    const { printed } = await runHost(
      'esm',
      `${state} await node.useWasmThreads(wasm, { threads: 2 });
      const first = tf.backend();
      tf.engine().reset();
      await tf.setBackend('wasm');
      print([tf.backend() !== first, wasm.getThreadsCount(), product()]);`,
    );
    expect(printed).toEqual([[true, 2, productIs]]);
  });
});

describe('refusals leave everything as it was, and one thread to be had', () => {
  /** Runs \`prepare\`, then a call that must fail, then the backend on one thread. */
  const refused = (prepare: string, call: string) =>
    runHost(
      'esm',
      `${state} ${prepare}
      const [before, factory, active] = [state(), tf.findBackendFactory('wasm'), tf.getBackend()];
      const error = await (async () => ${call})().catch((error) => error);
      print([error.code, error.message]);
      print([state() === before, tf.findBackendFactory('wasm') === factory, tf.getBackend() === active]);
      await spine.useBackend('wasm');
      print([wasm.getThreadsCount(), product()]);`,
    );
  const asBefore = (outcome: Outcome, code: string, part: string) => {
    expect(outcome.exitCode).toBe(0);
    expect(outcome.printed).toEqual([
      [code, expect.stringContaining(part)],
      [true, true, true],
      [1, productIs],
    ]);
  };

  it('a machine with one processor, where no count is given', async () => {
    const prepare = 'os.availableParallelism = () => 1; nodeModule.syncBuiltinESMExports();';
    asBefore(await refused(prepare, 'node.useWasmThreads(wasm)'), 'threads-unavailable', 'one processor');
  });

  it('a binary that gives another count: here the machine hides its processors', async () => {
    const prepare = "const one = () => [{}]; Object.defineProperty(os, 'cpus', { get: () => one, set() {} });";
    asBefore(
      await refused(prepare, 'node.useWasmThreads(wasm, { threads: 2 })'),
      'threads-unavailable',
      'gives 1 of 2 threads',
    );
  });

  it('no memory to share', async () => {
    const prepare = `const Memory = WebAssembly.Memory;
      WebAssembly.Memory = function (given) { if (given.shared) throw new RangeError('could not allocate memory'); return new Memory(given); };`;
    asBefore(
      await refused(prepare, 'node.useWasmThreads(wasm, { threads: 2 })'),
      'threads-unavailable',
      'could not allocate memory',
    );
  });

  it('a global Worker that cannot be replaced', async () => {
    const prepare = "Object.defineProperty(globalThis, 'Worker', { value: 1, writable: true, configurable: false });";
    asBefore(await refused(prepare, 'node.useWasmThreads(wasm, { threads: 2 })'), 'threads-unavailable', 'Worker');
  });

  it('a kernel that does not find its way into the binary, with another backend active', async () => {
    const prepare = `tf.registerBackend('other', () => new tf.KernelBackend());
      await tf.setBackend('other');
      let attempts = 0;
      const setupFunc = () => { if (attempts++ === 0) throw new Error('no such kernel'); };
      tf.registerKernel({ kernelName: 'Unknown', backendName: 'wasm', setupFunc, kernelFunc: () => [] });`;
    asBefore(
      await refused(prepare, 'node.useWasmThreads(wasm, { threads: 2 })'),
      'threads-unavailable',
      'could not start',
    );
  });

  describe('a package whose files are other ones', () => {
    const copied = () => path.join(hostFolder, 'altered/node_modules/@tensorflow/tfjs-backend-wasm');
    afterEach(() => rmSync(path.join(hostFolder, 'altered'), { recursive: true, force: true }));

    async function refusedAltered(alter: (binary: string) => void): Promise<Outcome> {
      cpSync(
        path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')),
        copied(),
        { recursive: true },
      );
      alter(path.join(copied(), 'wasm-out/tfjs-backend-wasm-threaded-simd'));
      // The host imports this copy before the other: it would warn of a second one.
      const warn = 'console.warn = () => undefined;';
      const other = `const altered = nodeModule.createRequire(${JSON.stringify(path.join(copied(), 'package.json'))})('.');`;
      return refused(`${warn} ${other}`, 'node.useWasmThreads(altered, { threads: 2 })');
    }

    it.each<[string, (binary: string) => void, string]>([
      ['no threaded binary', (binary) => rmSync(`${binary}.wasm`), 'there is no'],
      ['no worker', (binary) => rmSync(`${binary}.worker.js`), 'there is no'],
      ['another worker', (binary) => writeFileSync(`${binary}.worker.js`, 'exports.other = 1;'), 'not as in tfjs 4.22'],
      ['another script', (binary) => writeFileSync(`${binary}.js`, 'module.exports = {};'), 'not as in tfjs 4.22'],
      [
        'a worker that throws',
        (binary) =>
          writeFileSync(`${binary}.worker.js`, 'exports.wasmWorkerContents = "throw new Error(\'no such thing\')";'),
        'no such thing',
      ],
      [
        'a worker that ends',
        (binary) => writeFileSync(`${binary}.worker.js`, 'exports.wasmWorkerContents = "process.exit(0)";'),
        'ended with code 0',
      ],
      ['a damaged binary', (binary) => writeFileSync(`${binary}.wasm`, 'no binary'), 'CompileError'],
    ])('%s', async (_, alter, part) => {
      asBefore(await refusedAltered(alter), 'threads-unavailable', part);
    });
  });

  it('a count that is none', async () => {
    for (const [threads, said] of [
      [0, '0'],
      [-1, '-1'],
      [1.5, '1.5'],
      [NaN, 'NaN'],
      [maxWasmThreads + 1, `${maxWasmThreads + 1}`],
      ['2' as unknown as number, '"2"'],
    ] as const) {
      const error = await failure(useWasmThreads({} as WasmBackendPackage, { threads }));
      expect(error.code).toBe('invalid-argument');
      expect(error.message).toContain(`from 1 to ${maxWasmThreads}, got ${said}`);
    }
  });

  it('something that is not the package', async () => {
    for (const wasm of [undefined, {}, { BackendWasm: 'no' }]) {
      const error = await failure(useWasmThreads(wasm as unknown as WasmBackendPackage));
      expect(error).toMatchObject({ code: 'invalid-argument' });
      expect(error.message).toContain("import * as wasm from '@tensorflow/tfjs-backend-wasm'");
    }
  });

  it('a package that belongs to another copy of tfjs-core', async () => {
    const error = await failure(
      useWasmThreads({ BackendWasm: class extends Object {} } as unknown as WasmBackendPackage),
    );
    expect(error).toMatchObject({ code: 'backend-not-registered' });
    expect(error.message).toContain('npm ls @tensorflow/tfjs-core');
  });
});

it('works inside a test runner', async () => {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  expect(await useWasmThreads(wasm, { threads: 2 })).toBe(2);
  expect([...(await tf.matMul(tf.ones([2, 3]), tf.ones([3, 1])).data())]).toEqual([3, 3]);
  expect(wasm.getThreadsCount()).toBe(2);
});
