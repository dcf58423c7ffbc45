import path from 'node:path';
import ts from 'typescript';

/** What a subpath of the package exports, by its declarations. */
export interface Exports {
  /** Names that exist at run time: functions, classes, constants. */
  readonly values: readonly string[];
  /** Names that exist in types only. */
  readonly types: readonly string[];
}

/** Reads the names that each declaration file exports. */
export function exportsOf(declarations: readonly string[]): Exports[] {
  const program = ts.createProgram([...declarations], {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  return declarations.map((file) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${path.basename(file)} is no module`);
    const values: string[] = [];
    const types: string[] = [];
    for (const symbol of checker.getExportsOfModule(module)) {
      const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      (original.flags & ts.SymbolFlags.Value ? values : types).push(symbol.name);
    }
    return { values: values.sort(), types: types.sort() };
  });
}
