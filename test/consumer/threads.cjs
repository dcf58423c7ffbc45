// The same with `require`.
const assert = require('node:assert/strict');
const wasm = require('@tensorflow/tfjs-backend-wasm');
const tf = require('@tensorflow/tfjs-core');
const { useWasmThreads } = require('spine-xray-ml/node');

useWasmThreads(wasm, { threads: 2 }).then((threads) => {
  assert.equal(threads, 2);
  assert.equal(wasm.getThreadsCount(), 2);
  assert.equal(tf.getBackend(), 'wasm');
  assert.deepEqual([...tf.matMul(tf.ones([2, 3]), tf.ones([3, 1])).dataSync()], [3, 3]);
});
