import { defineConfig } from 'tsup';
import { pureCalls } from './scripts/package/pureCalls.js';

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/weights.ts',
    'src/backend.ts',
    'src/metrics/index.ts',
    'src/study/index.ts',
    'src/phantom/index.ts',
    'src/report/index.ts',
    'src/node/index.ts',
  ],
  format: ['esm', 'cjs'],
  target: ['es2022', 'node20'],
  clean: true,
  removeNodeProtocol: false,
  dts: true,
  esbuildPlugins: [pureCalls('src')],
  // Shared chunks: without them each subpath would carry its own SpineError, and instanceof would fail between them.
  splitting: true,
  // Lets Rollup write the CommonJS form. tsup's own way turns `import()` into `require()`, which cannot load packages
  // that exist as ES modules only (fast-png, vega) on Node 20.
  treeshake: true,
});
