import path from 'node:path';
import { fileOf, importGraph, reachable } from './importGraph.js';
import { onImports } from './imports.js';

/**
 * ESLint rule: no file of `src` imports one that imports it again, directly or by way of others. Types count: a type that
 * is declared by its consumer belongs into the lower file, or into one of its own.
 */
export const circles = {
  meta: {
    type: 'problem',
    schema: [
      { type: 'object', properties: { src: { type: 'string' } }, required: ['src'], additionalProperties: false },
    ],
    messages: {
      circle: "'{{name}}' closes a circle: it imports this file again, by way of {{way}}.",
    },
  },
  create(context) {
    const source = path.resolve(context.options[0].src);
    const file = context.filename;
    const graph = importGraph(source);
    return onImports((node, name) => {
      const target = fileOf(file, name);
      if (target === undefined || !reachable(graph, target).has(file)) return;
      const way = wayTo(graph, target, file).map((step) => path.relative(source, step));
      context.report({ node, messageId: 'circle', data: { name, way: way.join(' → ') } });
    });
  },
};

/** A shortest chain of imports from one file to another, both included. */
function wayTo(graph, from, to) {
  const before = new Map([[from, undefined]]);
  for (const [file] of before) {
    if (file === to) break;
    for (const { file: next } of graph.get(file) ?? []) if (next && !before.has(next)) before.set(next, file);
  }
  const way = [];
  for (let file = to; file !== undefined; file = before.get(file)) way.unshift(file);
  return way;
}
