export { timeNetwork, timedSamples } from './timeNetwork.js';
export { tryNetwork } from './passes.js';
