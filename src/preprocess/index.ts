export { preprocess, preprocessDefaults, type PixelNormalization, type PreprocessOptions } from './preprocess.js';
