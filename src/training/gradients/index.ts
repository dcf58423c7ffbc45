export { routeOf } from './route.js';
export { Pass } from './pass.js';
export { onTape } from './taped.js';
export { addRegularization } from './regularization.js';
export { GradientSum } from './gradientSum.js';
