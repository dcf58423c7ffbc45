export type { WasmBackendPackage } from './wasmPackage.js';
export { useWasmThreads, maxWasmThreads, type UseWasmThreadsOptions } from './useWasmThreads.js';
