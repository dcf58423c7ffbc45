import path from 'node:path';
import type { Exports } from './exports.js';
import { subpaths } from './pack.js';

/** Holds each form of the package against its declarations. */
const compareSource = `
function compare(module, namespace, declared, values) {
  const present = Object.keys(namespace).sort();
  if (present.join() !== declared.join()) throw new Error(module + ' exports ' + present + ', its types say ' + declared);
  values.forEach((value, index) => {
    if (value === undefined) throw new Error(module + ' exports ' + declared[index] + ' as undefined');
  });
}
`;

function specifier(subpath: string): string {
  return path.posix.join('spine-xray-ml', subpath);
}

/** Imports each name by name, so that a missing one is a link error, and compares the whole with the declarations. */
export function namesModule(exported: readonly Exports[]): string {
  return exported
    .map(({ values }, index) => {
      const module = JSON.stringify(specifier(subpaths[index] ?? ''));
      const locals = values.map((name) => `${name} as m${index}_${name}`).join(', ');
      return `import { ${locals} } from ${module};
import * as m${index} from ${module};
compare(${module}, m${index}, ${JSON.stringify(values)}, [${values.map((name) => `m${index}_${name}`).join(', ')}]);`;
    })
    .join('\n')
    .concat(compareSource);
}

/** The same with `require`. */
export function namesCommonJs(exported: readonly Exports[]): string {
  return exported
    .map(({ values }, index) => {
      const module = JSON.stringify(specifier(subpaths[index] ?? ''));
      const names = JSON.stringify(values);
      return `{ const m = require(${module}); compare(${module}, m, ${names}, ${names}.map((name) => m[name])); }`;
    })
    .join('\n')
    .concat(compareSource);
}

/** Names every value and type, so that each must resolve in the module system that compiles this. */
export function namesTypes(exported: readonly Exports[]): string {
  return exported
    .map(({ values, types }, index) => {
      const names = [...values, ...types.map((name) => `type ${name}`)].map(
        (name) => `${name} as m${index}_${name.replace('type ', '')}`,
      );
      return `export { ${names.join(', ')} } from ${JSON.stringify(specifier(subpaths[index] ?? ''))};`;
    })
    .join('\n');
}
