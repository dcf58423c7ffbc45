import eslint from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import { defineConfig } from 'eslint/config';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript-eslint';
import { borders } from './scripts/lint/borders.js';
import { circles } from './scripts/lint/circles.js';

const noChance = { object: 'Math', property: 'random', message: 'Take a Random, made by createRandom from a seed.' };

const here = fileURLToPath(new URL('.', import.meta.url));

/** Node's globals, which TypeScript knows throughout because the tests need them; the library runs in browsers too. */
const nodeGlobals = ['process', 'Buffer', 'global', 'require', 'module', '__dirname', '__filename', 'setImmediate'];

export default defineConfig(
  { ignores: ['dist/', 'out/', 'docs/api/', 'coverage/', '.cache/', 'test/consumer/', 'test/browser/app/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: here } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An abort rejects with `signal.reason`, whose type is any.
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      // An async function without await turns what it throws into a rejection, which callers of a promise expect.
      '@typescript-eslint/require-await': 'off',
      // An index that is known to be in range is written x!, in one way everywhere.
      '@typescript-eslint/non-nullable-type-assertion-style': 'error',
    },
  },
  {
    files: ['**/*.{ts,js}'],
    rules: {
      eqeqeq: 'error',
      'no-restricted-properties': ['error', noChance],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: Object.fromEntries(['process', 'console', 'URL'].map((name) => [name, 'readonly'])) },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { spine: { rules: { borders, circles } } },
    rules: {
      'spine/borders': ['error', { src: `${here}src` }],
      'spine/circles': ['error', { src: `${here}src` }],
      'no-console': 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/node/**'],
    rules: {
      'no-restricted-globals': ['error', ...nodeGlobals.map((name) => ({ name, message: 'It exists in Node only.' }))],
    },
  },
  {
    // Tests of what is public import it from 'spine-xray-ml…', as users do; tests of internals name the file that holds it.
    files: ['test/**/*.ts'],
    plugins: { vitest },
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '(^|/)src/(.*/)?index(\\.js|\\.ts)?$|(^|/)src/(weights|backend)(\\.js|\\.ts)$',
              message: "Import public names from 'spine-xray-ml…', and internals from the file that holds them.",
            },
          ],
        },
      ],
      'vitest/consistent-test-it': ['error', { fn: 'it', withinDescribe: 'it' }],
      ...vitest.configs.recommended.rules,
      'vitest/valid-expect': ['error', { maxArgs: 2 }],
      'vitest/no-focused-tests': 'error',
      // vitest/no-disabled-tests takes any call on a variable named x for one.
      'no-restricted-properties': [
        'error',
        noChance,
        ...['describe', 'it', 'test'].map((object) => ({
          object,
          property: 'skip',
          message: 'Repair it or remove it.',
        })),
      ],
      'vitest/no-conditional-tests': 'error',
      // A test without an assertion fails when it runs (`expect.requireAssertions`), helpers included.
      'vitest/expect-expect': 'off',
    },
  },
  {
    // Reference values are JSON, whose type is any; samples are copied field by field, `load` included.
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: Object.fromEntries(
      [
        'no-unsafe-assignment',
        'no-unsafe-member-access',
        'no-unsafe-argument',
        'no-unsafe-call',
        'no-unsafe-return',
        'unbound-method',
      ].map((rule) => [`@typescript-eslint/${rule}`, 'off']),
    ),
  },
);
