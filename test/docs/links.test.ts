import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { linksOf, pages, root } from './snippets.js';

/** The anchor that a heading gets on code hosts. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** The links of a page that lead nowhere; those to other sites are not followed. */
function deadLinks(page: string, text: string): string[] {
  return linksOf(text).filter((link) => {
    const [file = '', anchor] = link.split('#');
    // Made by `npm run docs`.
    if (/(^|\/)api\//.test(file)) return false;
    const target = file === '' ? path.join(root, page) : path.resolve(root, path.dirname(page), file);
    if (!existsSync(target)) return true;
    if (anchor === undefined || !target.endsWith('.md')) return false;
    const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ''));
    return !headings.includes(anchor);
  });
}

describe('links of README and docs', () => {
  it('are told apart: a missing file, a missing heading, a good one', () => {
    const text = '[a](nowhere.md) [b](package.json) [c](README.md#no-such-heading) [d](https://example.org)';
    expect(deadLinks('README.md', text)).toEqual(['nowhere.md', 'README.md#no-such-heading']);
  });

  it('lead somewhere', () => {
    const dead = pages().flatMap((page) => deadLinks(page, readFileSync(path.join(root, page), 'utf8')).map((link) => `${page}: ${link}`));
    expect(dead).toEqual([]);
  });
});
