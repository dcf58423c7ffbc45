export { routeOf } from './route.js';
export { accumulate, Run } from './run.js';
export { onTape } from './taped.js';
export { GradientSum } from './gradientSum.js';
export { lossGradients } from './lossGradients.js';
