export { crossEntropy, countCorrect } from '../objective/loss.js';
export { Updater } from './updater.js';
export { updates } from '../loop/updates.js';
