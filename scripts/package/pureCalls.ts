import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import ts from 'typescript';

const annotation = '@__NO_SIDE_EFFECTS__';

/**
 * Marks each call of a function that is declared to have no side effects as pure. Rollup follows the declaration from
 * file to file; esbuild, and whatever bundles with it, believes the call alone.
 */
export function pureCalls(folder: string): Plugin {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const names = new Set(sources.flatMap((path) => declaredPure(readFileSync(join(folder, path), 'utf8'))));
  return {
    name: 'pure-calls',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
        contents: withPureCalls(readFileSync(path, 'utf8'), names),
        loader: 'ts',
      }));
    },
  };
}

/** The functions that a file declares to have no side effects. */
export function declaredPure(source: string): string[] {
  if (!source.includes(annotation)) return [];
  return parsed(source).statements.flatMap((statement) =>
    ts.isFunctionDeclaration(statement) && statement.name && leadingText(source, statement).includes(annotation)
      ? [statement.name.text]
      : [],
  );
}

/** The file with a mark in front of each call of those functions. */
export function withPureCalls(source: string, names: ReadonlySet<string>): string {
  const file = parsed(source);
  const places: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && names.has(node.expression.text))
      places.push(node.getStart(file));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return places
    .sort((a, b) => b - a)
    .reduce((text, place) => `${text.slice(0, place)}/* @__PURE__ */ ${text.slice(place)}`, source);
}

const parsed = (source: string) => ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);

const leadingText = (source: string, node: ts.Node) => source.slice(node.getFullStart(), node.getStart());
