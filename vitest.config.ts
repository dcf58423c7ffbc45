import { defineConfig } from 'vitest/config';
import { sourceAliases } from './scripts/package/sourceAliases.js';

/** Tests named `*.backend.test.ts` run once on each backend; all others run once, on cpu, the slow ones only when asked. */
const onBackend = (backend: string) => ({
  extends: true as const,
  test: { name: backend, include: ['test/**/*.backend.test.ts'], env: { SPINE_BACKEND: backend } },
});

/**
 * `npm run test:no-eval`: the unit tests where code may not be made from strings, as on a page whose
 * Content-Security-Policy lacks 'unsafe-eval'. Left out are tests that need a tool which makes such code itself.
 */
const withoutEval =
  process.env['SPINE_NO_EVAL'] === '1'
    ? {
        execArgv: ['--disallow-code-generation-from-strings'],
        leftOut: [
          // The package ndarray, which the library's own arrays are compared with.
          'test/ndarrayPackage.test.ts',
          // ESLint, which compiles the schemas of its rules.
          'test/borders.test.ts',
          // tsup, which builds the package for processes that the flag does not reach anyway.
          'test/node/wasmThreads.test.ts',
        ],
      }
    : { execArgv: [], leftOut: [] };

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    testTimeout: 60_000,
    maxWorkers: 2,
    maxConcurrency: 2,
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{backend,slow}.test.ts', 'test/consumer/**', 'test/browser/**', ...withoutEval.leftOut],
          execArgv: withoutEval.execArgv,
          env: { SPINE_BACKEND: 'cpu' },
        },
      },
      onBackend('cpu'),
      onBackend('wasm'),
      ...(process.env['SPINE_SLOW'] === '1'
        ? [
            {
              extends: true as const,
              test: { name: 'slow', include: ['test/**/*.slow.test.ts'], testTimeout: 600_000 },
            },
          ]
        : []),
      ...(process.env['SPINE_TENSORFLOW'] === '1' ? [onBackend('tensorflow')] : []),
    ],
  },
});
