import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import typescript from 'typescript';

/**
 * What a file imports from one place.
 * @typedef {object} Import
 * @property {string} name as it is written.
 * @property {string | undefined} file the file of the folder that it names, or undefined for a package.
 * @property {boolean} isType whether nothing of it is left when the code runs.
 */

/** @type {Map<string, ReadonlyMap<string, readonly Import[]>>} */
const graphs = new Map();

/**
 * What each TypeScript file under `source` imports, by its path. The files are read once a run.
 *
 * @param {string} source absolute path of a folder.
 */
export function importGraph(source) {
  const known = graphs.get(source);
  if (known) return known;
  const names = readdirSync(source, { recursive: true }).filter((name) => name.endsWith('.ts'));
  const files = names.map((name) => path.join(source, name));
  const graph = new Map(files.map((file) => [file, importsOf(file, readFileSync(file, 'utf8'))]));
  graphs.set(source, graph);
  return graph;
}

/**
 * Every file that `from` imports, and that those import, `from` included.
 *
 * @param {ReadonlyMap<string, readonly Import[]>} graph
 * @param {string} from
 * @param {{ types?: boolean }} options whether imports of types count.
 */
export function reachable(graph, from, { types = true } = {}) {
  const reached = new Set([from]);
  for (const file of reached) {
    for (const { file: next, isType } of graph.get(file) ?? []) if (next && (types || !isType)) reached.add(next);
  }
  return reached;
}

/** The TypeScript file that a relative import in `file` names; undefined for a package. */
export function fileOf(file, name) {
  return name.startsWith('.') ? path.resolve(path.dirname(file), name.replace(/\.js$/, '.ts')) : undefined;
}

/** @returns {Import[]} */
function importsOf(file, text) {
  const found = [];
  const add = (name, isType) => void (name && found.push({ name: name.text, file: fileOf(file, name.text), isType }));
  const visit = (node) => {
    if (typescript.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false);
    else if (typescript.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (typescript.isImportTypeNode(node)) add(node.argument.literal, true);
    else if (typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    typescript.forEachChild(node, visit);
  };
  visit(typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest));
  return found;
}
