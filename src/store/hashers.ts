// Loaded when a model is saved: an application that saves none never loads hash-wasm.
export { createSHA256 } from 'hash-wasm';
