import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A TypeScript fence of a page. */
export interface Snippet {
  /** 'docs/image.md:12', the line of its first statement. */
  readonly place: string;
  readonly code: string;
  /** False if the fence says `no-run`: it cannot stand alone. */
  readonly runs: boolean;
}

/** The links of a page's text, and the sources of its pictures, but for those to other sites. */
export const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!).filter((link) => !/^[a-z]+:/.test(link));

/** The pages that people read: README and docs, without what typedoc generates. */
export function pages(): string[] {
  const docs = readdirSync(path.join(root, 'docs'), { withFileTypes: true });
  return [
    'README.md',
    'CONTRIBUTING.md',
    ...docs.filter((entry) => entry.isFile() && entry.name.endsWith('.md')).map((entry) => `docs/${entry.name}`),
  ];
}

/** The snippets of a page's text, in order. */
export function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(/^```(?:ts|typescript)\b([^\n]*)\n(.*?)^```/gms)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split('\n').length + 1}`,
    code: match[2] ?? '',
    runs: !/\bno-run\b/.test(match[1] ?? ''),
  }));
}

export function allSnippets(): Snippet[] {
  return pages().flatMap((page) => snippetsOf(page, readFileSync(path.join(root, page), 'utf8')));
}
