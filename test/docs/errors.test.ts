import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from './snippets.js';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/errors.md');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** The fields of each code's details, as src/errors.ts declares them, beside the one that all have. */
function declaredDetails(): Map<string, string[]> {
  const source = ts.createSourceFile('errors.ts', read('src/errors.ts'), ts.ScriptTarget.Latest);
  const map = source.statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === 'SpineErrorDetails');
  const nameOf = ({ name }: ts.TypeElement) => (name as ts.StringLiteral | ts.Identifier).text;
  return new Map(
    map?.members.map((member) => {
      const { type } = member as ts.PropertySignature;
      return [nameOf(member), type && ts.isTypeLiteralNode(type) ? type.members.map(nameOf) : []];
    }),
  );
}

describe('docs/errors.md', () => {
  it('has a row for each code of SpineError, in the same order, and no other', () => {
    const codes = [...declaredDetails().keys()];
    expect(codes).toContain('invalid-argument');
    const [first = ''] = page.split('| code | `details` |');
    expect(matches(first, /^\| `([a-z-]+)` \|/gm)).toEqual(codes);
  });

  it('names the details of each code that has some, and no other', () => {
    const [, second = ''] = page.split('| code | `details` |');
    const rows = new Map(
      [...second.matchAll(/^\| `([a-z-]+)` \|(.*)\|$/gm)].map(([, code = '', text = '']) => [
        code,
        [...new Set(matches(text, /`([a-z]\w*)`/g))].sort(),
      ]),
    );
    const declared = [...declaredDetails()].filter(([, fields]) => fields.length > 0);
    expect(declared.length).toBeGreaterThan(20);
    expect([...rows]).toEqual(declared.map(([code, fields]) => [code, fields.sort()]));
  });
});
