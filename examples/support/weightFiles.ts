import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SpineError, type BackboneName } from 'spine-xray-ml';

/** The files of a folder, or the one file named. */
export async function weightFiles(place: string): Promise<readonly string[]> {
  try {
    if (!(await stat(place)).isDirectory()) return [place];
    return (await readdir(place)).map((name) => join(place, name));
  } catch (cause) {
    throw new SpineError(
      'file-missing',
      `There are no weights at ${place}: give a folder of weight files, one of them, or "official".`,
      { cause },
    );
  }
}

/** The file whose name begins with the backbone's: inception_v3_weights.h5 is of inceptionV3. */
export function fileOf(backbone: BackboneName, files: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const own = files.filter((file) => plain(basename(file)).startsWith(plain(backbone)));
  if (own.length > 1) {
    throw new SpineError(
      'invalid-argument',
      `Several files may be of ${backbone}: ${own.map((file) => basename(file)).join(', ')}. Leave one of them in the folder.`,
    );
  }
  return own[0];
}
