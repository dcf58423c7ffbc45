import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const entries = [
  'index.ts',
  'weights.ts',
  'backend.ts',
  ...['metrics', 'study', 'phantom', 'report', 'node'].map((folder) => `${folder}/index.ts`),
];

/** In the words of others: Vega refuses what it does not know. */
const notOurs = ['ChartSpec'];

/** Thrown by this library, and made by nobody else. */
const notForUsers = ['SpineError'];

let known: readonly string[] | undefined;

/**
 * Every public function that takes options, as the types of all subpaths have it: by name, methods as `owner.method`,
 * and a function of `spine-xray-ml/node` that stands in for another as `node.name`.
 */
export function publicFunctions(): readonly string[] {
  return (known ??= readFunctions());
}

function readFunctions(): readonly string[] {
  const files = entries.map((entry) => path.join(source, entry));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const takesOptions = (signature: ts.Signature) =>
    signature.parameters.some((parameter) => isOptions(checker, parameter));

  const owners = new Map<string, ts.Symbol>();
  const found = new Set<string>();
  for (const file of files) {
    for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)) {
      const original = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (!(original.flags & ts.SymbolFlags.Value) || notForUsers.includes(exported.name)) continue;
      const first = owners.get(exported.name) ?? original;
      owners.set(exported.name, first);
      const name = first === original ? exported.name : `node.${exported.name}`;
      const type = checker.getTypeOfSymbol(original);
      const makers = type.getConstructSignatures();
      if ([...type.getCallSignatures(), ...makers].some(takesOptions)) found.add(name);
      for (const holder of makers.length > 0 ? makers.map((maker) => maker.getReturnType()) : [type]) {
        for (const property of holder.getProperties().filter(isOurs)) {
          if (checker.getTypeOfSymbol(property).getCallSignatures().some(takesOptions))
            found.add(`${name}.${property.name}`);
        }
      }
    }
  }
  return [...found].sort();
}

const isOurs = (symbol: ts.Symbol): boolean =>
  (symbol.declarations ?? []).some((declaration) => declaration.getSourceFile().fileName.startsWith(source));

function isOptions(checker: ts.TypeChecker, parameter: ts.Symbol): boolean {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  const name = (type.aliasSymbol ?? (type.symbol as ts.Symbol | undefined))?.name ?? '';
  if (notOurs.includes(name)) return false;
  return parameter.name === 'options' || /(Options|ReportInput|Spec)$/.test(name);
}
