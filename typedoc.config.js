import { readFileSync } from 'node:fs';
import { groupOrder } from './scripts/reference/groups.js';

/** The pages of docs in reading order: the order of the sidebar. */
const pages = JSON.parse(readFileSync(new URL('scripts/reference/pages.json', import.meta.url), 'utf8'));

export default {
  name: 'spine-xray-ml',
  entryPoints: [
    'src/index.ts',
    'src/weights.ts',
    'src/backend.ts',
    'src/metrics/index.ts',
    'src/study/index.ts',
    'src/phantom/index.ts',
    'src/report/index.ts',
    'src/node/index.ts',
  ],
  out: 'docs/api',
  readme: 'README.md',
  projectDocuments: [...pages.map((page) => `docs/${page}.md`), 'CONTRIBUTING.md'],
  plugin: ['./scripts/reference/groups.js'],
  groupOrder,
  navigation: { includeGroups: true },
  searchInDocuments: true,
  highlightLanguages: ['bash', 'csv', 'html', 'javascript', 'json', 'python', 'typescript'],
  includeVersion: true,
  excludeExternals: true,
  excludeInternal: true,
  skipErrorChecking: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Function', 'Variable', 'Method', 'Accessor', 'Enum'],
};
