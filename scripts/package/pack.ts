import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the export map says of a subpath with code. */
interface Target {
  readonly import: { readonly types: string; readonly default: string };
}

const { exports: exportMap } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, Target | string>;
};

/** The subpaths of the package, '.' first: the keys of its export map that have types. */
export const subpaths: readonly string[] = Object.keys(exportMap).filter(
  (subpath) => typeof exportMap[subpath] !== 'string',
);

/** Where the types of a subpath lie, in the package. */
export const declarationOf = (subpath: string): string => (exportMap[subpath] as Target).import.types;

/** Packs what would be published, which builds it first. Returns the tarball's path, in `directory`. */
export function pack(directory: string): string {
  const listing = run('npm', ['pack', '--json', '--foreground-scripts=false', '--pack-destination', directory], root);
  const [packed] = JSON.parse(listing) as { filename: string }[];
  if (packed === undefined) throw new Error('npm pack made no tarball');
  return path.join(directory, packed.filename);
}

/** The version of an installed package, as package-lock.json has it. */
export function lockedVersion(name: string): string {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string } | undefined>;
  };
  const version = lock.packages[`node_modules/${name}`]?.version;
  if (version === undefined) throw new Error(`package-lock.json lacks ${name}`);
  return version;
}

/** Runs a command to its end. Returns what it printed; throws with all its output if it fails. */
export function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
