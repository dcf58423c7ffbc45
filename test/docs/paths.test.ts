import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import listed from '../../scripts/reference/pages.json';
import { root } from './snippets.js';

/** Files and folders of the repository that a page names in code, as `src/errors.ts`; those with `<name>` in them are patterns, and docs/api is made by `npm run docs`. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|scripts|docs|examples|bench)(?:\/[\w.-]+)*)`/g)].map((match) => match[1]!).filter((file) => file !== 'docs/api');

const missing = (text: string): string[] => pathsIn(text).filter((file) => !existsSync(path.join(root, file)));

describe('paths that pages name', () => {
  it('are found, and told from patterns', () => {
    expect(missing('`src/errors.ts`, `src/nowhere.ts`, `src/<name>.ts`, `test/docs`')).toEqual(['src/nowhere.ts']);
  });

  it.each(['CONTRIBUTING.md', 'docs/design.md', 'README.md', 'docs/quickstart.md'])('exist: %s', (page) => {
    const text = readFileSync(path.join(root, page), 'utf8');
    expect(pathsIn(text)).not.toEqual([]);
    expect(missing(text)).toEqual([]);
  });
});

describe('scripts/reference/pages.json', () => {
  it('lists each page of docs once', () => {
    const files = readdirSync(path.join(root, 'docs')).filter((file) => file.endsWith('.md'));
    expect(listed.map((page) => `${page}.md`).sort()).toEqual(files.sort());
  });
});
