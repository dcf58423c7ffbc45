// Loaded on demand, so that an application that checks no file, saves no model and writes no checkpoint never loads
// hash-wasm.
export { createMD5, createSHA256, createXXHash128 } from 'hash-wasm';
