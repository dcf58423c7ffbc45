// Loaded when a file is fetched or read from a cache: an application that does neither never loads hash-wasm.
export { createMD5, createSHA256 } from 'hash-wasm';
