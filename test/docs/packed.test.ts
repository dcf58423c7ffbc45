import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { linksOf, root } from './snippets.js';

interface Packed {
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** The files of the tarball, as npm would pack them now; `dist` as far as it is built. */
function packed(): Packed['files'] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
  return (JSON.parse(output) as Packed[])[0]!.files;
}

/** Links of a packed page to files that are not packed with it. */
const outside = (page: string, text: string, files: ReadonlySet<string>): string[] =>
  linksOf(text)
    .map((link) => link.split('#')[0]!)
    .filter((file) => file !== '' && !files.has(path.posix.normalize(path.posix.join(path.posix.dirname(page), file))));

describe('the tarball', () => {
  const files = packed();
  const names = new Set(files.map((file) => file.path));

  it('is told what lies outside of it', () => {
    const text = '[a](design.md#checks) ![b](pictures/none.png) [c](../test/random.test.ts) [d](https://example.org) [e](#top)';
    expect(outside('docs/errors.md', text, names)).toEqual(['pictures/none.png', '../test/random.test.ts']);
  });

  it("holds what README's and its pages' links lead to", () => {
    const pages = [...names].filter((name) => name.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/design.md']));
    const dead = pages.flatMap((page) =>
      outside(page, readFileSync(path.join(root, page), 'utf8'), names).map((link) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });
});
