/** What each subpath adds to an application, minified and compressed; peer dependencies are the application's own. */
const limits = { index: '40 kB', 'metrics/index': '4 kB', 'phantom/index': '20 kB', 'report/index': '38 kB', 'node/index': '15 kB' };

export default Object.entries(limits).map(([entry, limit]) => ({
  name: entry,
  path: `dist/${entry}.js`,
  limit,
  gzip: true,
  modifyEsbuildConfig: (config) => ({
    ...config,
    ...(entry === 'node/index' && { platform: 'node' }),
    // A chunk imported for its order alone may go: `sideEffects: false` says so on purpose.
    logOverride: { 'ignored-bare-import': 'silent' },
  }),
}));
