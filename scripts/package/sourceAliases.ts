import { fileURLToPath } from 'node:url';

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

/** How the package's names lead to its source, for Vite and Vitest. */
export const sourceAliases = [
  { find: /^spine-xray-ml$/, replacement: source('index.ts') },
  { find: /^spine-xray-ml\/(weights|backend)$/, replacement: source('$1.ts') },
  { find: /^spine-xray-ml\/(.+)$/, replacement: source('$1/index.ts') },
];
