// Loaded when a checkpoint is written or read: an application that does neither never loads hash-wasm.
export { createXXHash128 } from 'hash-wasm';
