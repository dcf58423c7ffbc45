// Threads of the wasm backend, found from where the package is installed; the process must end by itself.
import assert from 'node:assert/strict';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { useWasmThreads } from 'spine-xray-ml/node';

assert.equal(await useWasmThreads(wasm, { threads: 2 }), 2);
assert.equal(wasm.getThreadsCount(), 2);
assert.equal(tf.getBackend(), 'wasm');
assert.deepEqual([...tf.matMul(tf.ones([2, 3]), tf.ones([3, 1])).dataSync()], [3, 3]);
