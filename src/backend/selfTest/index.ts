export { testNetwork } from './testNetwork.js';
export { timedSamples, timeNetwork } from './timeNetwork.js';
