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

export default Object.entries(limits).map(([entry, limit]) => ({
  name: entry,
  path: `dist/${entry}.js`,
  limit,
  gzip: true,
  ignore: ['hash-wasm'],
  modifyEsbuildConfig: (config) => ({
    ...config,
    ...(entry === 'node/index' && { platform: 'node' }),
    // A chunk imported for its order alone may go: `sideEffects: false` says so on purpose.
    logOverride: { 'ignored-bare-import': 'silent' },
  }),
}));
