export type { WasmBackendPackage } from './wasmPackage.js';
export { useWasmThreads, wasmThreadsMaximum, type WasmThreadsOptions } from './useWasmThreads.js';
