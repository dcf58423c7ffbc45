export { maxWasmThreads, useWasmThreads, type UseWasmThreadsOptions } from './useWasmThreads.js';
export type { WasmBackendPackage } from './wasmPackage.js';
