import { isBuiltin } from 'node:module';
import path from 'node:path';
import { loadedOnDemand, mayImport, shared } from './folders.js';
import { onImports } from './imports.js';

const backend = /^@tensorflow\/tfjs($|\/|-(backend-|node|react-native|data|converter))/;

/** ESLint rule: what a file of `src` may import. */
export const borders = {
  meta: {
    type: 'problem',
    schema: [
      { type: 'object', properties: { src: { type: 'string' } }, required: ['src'], additionalProperties: false },
    ],
    messages: {
      backend: "'{{name}}' is not for src: the application that uses the library chooses the backend.",
      builtin: "'{{name}}' exists in Node only: import it in src/node alone.",
      compiling:
        "'{{name}}' makes code from strings when it runs: import its types alone; src/ndarray.ts makes arrays.",
      onDemand: "'{{name}}' is optional or has no CommonJS form: use `await import('{{name}}')` where it is needed.",
      extension: "'{{name}}' must end in .js, as an ES module's relative import does.",
      unknown: 'src/{{from}} has no place in the import order yet: add it to scripts/lint/folders.js.',
      direction: 'src/{{from}} must not import src/{{to}}: see the import order in scripts/lint/folders.js.',
      door: "src/{{to}} is entered through its index.js only, not '{{name}}'.",
      root: 'src/{{from}} must not import {{name}}: of the files in src, folders import {{shared}} only.',
      bare: "'{{name}}' is imported for its effect alone, which a bundler drops: the package says `sideEffects: false`.",
      outside: "'{{name}}' lies outside src, and would be missing from the package.",
    },
  },
  create(context) {
    const source = path.resolve(context.options[0].src);
    const file = path.relative(source, context.filename).split(path.sep);
    const from = file.length > 1 ? file[0] : undefined;

    /** The broken rule, or undefined if `name` may be imported here. */
    function offence(name, { isType, isOnDemand, isBare }) {
      if (backend.test(name)) return { messageId: 'backend' };
      if (isBuiltin(name)) return from === 'node' ? undefined : { messageId: 'builtin' };
      if (name === 'ndarray') return isType ? undefined : { messageId: 'compiling' };
      if (!name.startsWith('.')) {
        const isEarly = !isType && !isOnDemand;
        return isEarly && loadedOnDemand.includes(packageOf(name)) ? { messageId: 'onDemand' } : undefined;
      }
      if (isBare) return { messageId: 'bare' };
      if (!/\.(js|json)$/.test(name)) return { messageId: 'extension' };

      const target = path.relative(source, path.resolve(path.dirname(context.filename), name)).split(path.sep);
      if (target[0] === '..') return { messageId: 'outside' };
      const to = target.length > 1 ? target[0] : undefined;
      if (from !== undefined && !(from in mayImport)) return { messageId: 'unknown', data: { from } };
      if (to === undefined) {
        return from === undefined || shared.includes(target[0])
          ? undefined
          : { messageId: 'root', data: { from, shared: shared.join(', ') } };
      }
      if (to !== from && from !== undefined && !mayImport[from].includes(to))
        return { messageId: 'direction', data: { from, to } };
      return isThroughDoor(target) ? undefined : { messageId: 'door', data: { to: target.slice(0, -1).join('/') } };
    }

    /** Whether the target lies in this file's folder or one around it, or is the door of a folder that lies in those. */
    function isThroughDoor(target) {
      const [here, there] = [file.slice(0, -1), target.slice(0, -1)];
      const common = there.findIndex((folder, depth) => folder !== here[depth]);
      const entered = common < 0 ? 0 : there.length - common;
      return entered === 0 || (entered === 1 && target.at(-1) === 'index.js');
    }

    return onImports((node, name, how) => {
      const found = offence(name, how);
      if (found) context.report({ node, messageId: found.messageId, data: { name, ...found.data } });
    });
  },
};

/** 'csv-parse' of 'csv-parse/sync', '@scope/name' of '@scope/name/file'. */
function packageOf(name) {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
