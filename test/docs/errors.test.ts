import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './snippets.js';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

describe('docs/errors.md', () => {
  it('has a row for each code of SpineError, in the same order, and no other', () => {
    const codes = matches(read('src/errors.ts'), /^ {2}\| '([a-z-]+)'/gm);
    expect(codes).toContain('invalid-argument');
    expect(matches(read('docs/errors.md'), /^\| `([a-z-]+)` \|/gm)).toEqual(codes);
  });
});
