{
  "$schema": "https://typedoc.org/schema.json",
  "name": "spine-xray-ml",
  "entryPoints": ["src/index.ts", "src/weights.ts", "src/backend.ts", "src/metrics/index.ts", "src/study/index.ts", "src/phantom/index.ts", "src/report/index.ts", "src/node/index.ts"],
  "out": "docs/api",
  "readme": "README.md",
  "includeVersion": true,
  "excludeExternals": true,
  "excludeInternal": true,
  "skipErrorChecking": true,
  "disableSources": true,
  "treatWarningsAsErrors": true,
  "treatValidationWarningsAsErrors": true,
  "validation": { "notExported": true, "invalidLink": true, "notDocumented": true },
  "requiredToBeDocumented": ["Class", "Interface", "TypeAlias", "Function", "Variable", "Method", "Accessor", "Enum"]
}
