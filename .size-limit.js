/** What each subpath adds to an application, minified and compressed; peer dependencies are the application's own. */
const limits = { index: '60 kB', 'metrics/index': '10 kB', 'phantom/index': '20 kB', 'report/index': '40 kB', 'node/index': '15 kB' };

export default Object.entries(limits).map(([entry, limit]) => ({
  name: entry,
  path: `dist/${entry}.js`,
  limit,
  // Compressed as servers do by default; brotli would flatter.
  gzip: true,
  modifyEsbuildConfig: (config) => (entry === 'node/index' ? { ...config, platform: 'node' } : config),
}));
