export { preprocess, preprocessDefaults, type Normalize, type PreprocessOptions } from './preprocess.js';
