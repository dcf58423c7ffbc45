export { readKerasH5 } from './kerasH5.js';
export { readKerasV3 } from './kerasV3.js';
export { classVariables } from './kerasVariables.js';
