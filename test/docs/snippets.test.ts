import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFilms } from './films.js';
import { allSnippets, root, snippetsOf, type Snippet } from './snippets.js';

const snippets = allSnippets();

/** Inside the project, so that snippets find the packages; not tracked. */
const folder = path.join(root, '.cache/snippets');
const fileOf = ({ place }: Snippet) => path.join(folder, `${place.replace(/[^a-z0-9]+/gi, '-')}.ts`);

let films: string;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const snippet of snippets) writeFileSync(fileOf(snippet), `${snippet.code}\nexport {};\n`);
  films = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-films-'));
  await writeFilms(films);
});

afterAll(() => rmSync(films, { recursive: true, force: true }));

describe('snippets of README and docs', () => {
  it('are found', () => {
    const page = 'Text\n\n```ts\nconst a = 1;\n```\n\n```js\nno\n```\n\n```ts no-run\nmodel;\n```\n';
    expect(snippetsOf('page.md', page)).toEqual([
      { place: 'page.md:4', code: 'const a = 1;\n', runs: true },
      { place: 'page.md:12', code: 'model;\n', runs: false },
    ]);
  });

  it('compile, and import only names that exist', () => {
    expect(complaints(snippets)).toEqual([]);
  });

  it.concurrent.for(snippets.filter(({ runs }) => runs))('$place runs', { timeout: 180_000 }, async (snippet, { expect }) => {
    await expect(execute(snippet)).resolves.toBe('ended');
  });
});

/** What the compiler says of the snippets; of those that cannot stand alone, about their imports only. */
function complaints(snippets: readonly Snippet[]): string[] {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => readFileSync(file, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(snippets.map(fileOf), { ...options, noUnusedLocals: false, noUnusedParameters: false });
  return snippets.flatMap((snippet) => {
    const source = program.getSourceFile(fileOf(snippet));
    if (source === undefined) return [`${snippet.place}: not compiled`];
    const imports = source.statements.filter((statement) => ts.isImportDeclaration(statement));
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter(({ start = 0 }) => snippet.runs || imports.some((statement) => start >= statement.pos && start < statement.end))
      .map(({ messageText }) => `${snippet.place}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  });
}

/** Runs a snippet in a process and a folder of its own; rejects with its output if it fails. */
async function execute(snippet: Snippet): Promise<'ended'> {
  const directory = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-snippet-'));
  try {
    cpSync(films, directory, { recursive: true });
    await promisify(execFile)(process.execPath, ['--import', path.join(root, 'test/docs/host.mjs'), fileOf(snippet)], {
      cwd: directory,
      env: {
        ...process.env,
        SNIPPET_BACKEND: /tfjs-(backend|node)/.test(snippet.code) ? 'own' : 'host',
      },
      timeout: 170_000,
    });
    return 'ended';
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
