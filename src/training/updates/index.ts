export { crossEntropy, countCorrect } from './loss.js';
export { Updater } from './updater.js';
export { updates } from './updates.js';
