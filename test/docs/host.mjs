// Loaded before a documentation snippet: TypeScript, no network, and a backend where the snippet chooses none itself.
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

// Its `paths` make 'spine-xray-ml' the sources.
register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });

const refuse = () => {
  throw new Error('A documentation snippet must not use the network.');
};
globalThis.fetch = refuse;
Socket.prototype.connect = refuse;

if (process.env['SNIPPET_BACKEND'] === 'host') {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
}
