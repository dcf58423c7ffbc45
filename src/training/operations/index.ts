export { lower } from './lower.js';
export { onTape } from './taped.js';
export type { Notes, Operation } from './operation.js';
