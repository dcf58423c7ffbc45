/**
 * Calls `check` for everything that a file imports: `import`, `export … from`, `import()` and `typeof import()`.
 *
 * @param {(node: object, name: string, how: { isType: boolean, isOnDemand: boolean, isBare: boolean }) => void} check
 */
export function onImports(check) {
  const visit = (node, name, how) => {
    if (typeof name === 'string') check(node, name, { isType: false, isOnDemand: false, isBare: false, ...how });
  };
  const declaration = (node) =>
    visit(node, node.source?.value, {
      isType: node.importKind === 'type' || node.exportKind === 'type',
      isBare: node.type === 'ImportDeclaration' && node.specifiers.length === 0,
    });
  return {
    ImportDeclaration: declaration,
    ExportNamedDeclaration: declaration,
    ExportAllDeclaration: declaration,
    ImportExpression: (node) => visit(node, node.source.value, { isOnDemand: true }),
    TSImportType: (node) => visit(node, node.source?.value ?? node.argument?.literal?.value, { isType: true }),
  };
}
