export { readTorchCheckpoint } from './readTorchCheckpoint.js';
