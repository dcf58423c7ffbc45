/**
 * What each subpath adds to an application, minified and compressed; peer dependencies are the application's own, and
 * hash-wasm is loaded when a file is fetched (10 kB: esbuild would count it in, and the whole of it for Node).
 */
const limits = {
  index: '98 kB',
  weights: '60 kB',
  backend: '30 kB',
  'metrics/index': '4 kB',
  'study/index': '90 kB',
  'phantom/index': '20 kB',
  'report/index': '40 kB',
  'node/index': '50 kB',
};

/**
 * What an application pays that loads a model, reads films and classifies them: nothing of training but names of options.
 * By esbuild, which keeps more than Rollup does.
 */
const classifying = {
  name: 'index, to classify',
  entry: 'index',
  limit: '30 kB',
  import: '{ imageFromBrowser, preprocess, predictDataset }',
};

const whole = Object.entries(limits).map(([entry, limit]) => ({ name: entry, entry, limit }));

export default [...whole, classifying].map(({ entry, ...check }) => ({
  ...check,
  path: `dist/${entry}.js`,
  gzip: true,
  ignore: ['hash-wasm'],
  modifyEsbuildConfig: (config) => ({
    ...config,
    ...(entry === 'node/index' && { platform: 'node' }),
    // A chunk imported for its order alone may go: `sideEffects: false` says so on purpose.
    logOverride: { 'ignored-bare-import': 'silent' },
  }),
}));
