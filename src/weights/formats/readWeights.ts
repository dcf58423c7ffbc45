import { requireBytes } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import { readKerasH5, readKerasV3 } from './keras/index.js';
import type { NamedArrays } from '../namedArrays.js';
import { readSafetensors } from './safetensors/index.js';
import { readTorchCheckpoint } from './torch/index.js';
import { zipEntries } from './zip.js';

/** What a weight file is, by its first bytes: a `.keras` file and a PyTorch checkpoint are both zip files. */
export type WeightFormat = 'safetensors' | 'hdf5' | 'zip' | 'pickle';

const beginnings: readonly (readonly [WeightFormat, readonly number[]])[] = [
  ['hdf5', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  // PyTorch's own mark, pickled: the number 0x1950a86a20f9469cfc6c.
  ['pickle', [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]],
];

/** What is often given instead, and how to go on from there. */
const others: readonly { readonly is: (start: string) => boolean; readonly what: string; readonly advice: string }[] = [
  {
    is: (start) => start.startsWith('\u001f\u008b'),
    what: 'it is compressed by gzip',
    advice: 'Unpack it first: gunzipSync(bytes) of node:zlib, or a DecompressionStream.',
  },
  {
    is: (start) => start.startsWith('{'),
    what: 'it is JSON',
    advice:
      'If it is the model.json of a tfjs model, its weights are in the files beside it: readTfjsLayers(folderHandler(directory)) reads them.',
  },
  {
    is: (start) => start.startsWith('version https://git-lfs'),
    what: 'it is a pointer of Git LFS',
    advice: 'Get the file itself: git lfs pull.',
  },
  {
    is: (start) => /^<(!doctype|html|\?xml)/i.test(start),
    what: 'it is a web page',
    advice: 'Its address gave a page in place of the file: open it in a browser.',
  },
];

/**
 * The format of a weight file.
 *
 * @throws SpineError `weights-format` if it is none of those.
 */
export function weightFormat(bytes: Uint8Array): WeightFormat {
  const found = beginnings.find(([, beginning]) => beginning.every((byte, index) => bytes[index] === byte));
  if (found) return found[0];
  // The length of a JSON object, below 2³², and the object's first brace.
  if (bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0)) return 'safetensors';
  const start = String.fromCharCode(...bytes.subarray(0, 64))
    .replace(/^ï»¿/, '')
    .trimStart();
  const other = others.find(({ is }) => is(start));
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const what = bytes.length === 0 ? 'it is empty' : (other?.what ?? `it begins with the bytes ${first}`);
  throw new SpineError(
    'weights-format',
    `This is not a weight file: ${what}. ${other?.advice ?? 'Give one of safetensors, HDF5 (.h5), .keras or PyTorch.'}`,
  );
}

/**
 * Reads a weight file of any format, told by its first bytes.
 *
 * @throws SpineError `weights-format` if the file is of none of the formats, or damaged.
 */
export async function readWeights(bytes: Uint8Array): Promise<NamedArrays> {
  requireBytes('readWeights', bytes);
  const format = weightFormat(bytes);
  switch (format) {
    case 'safetensors':
      return readSafetensors(bytes);
    case 'hdf5':
      return readKerasH5(bytes);
    case 'zip':
      return holds(bytes, 'model.weights.h5') ? readKerasV3(bytes) : readTorchCheckpoint(bytes);
    case 'pickle':
      return readTorchCheckpoint(bytes);
  }
}

function holds(bytes: Uint8Array, name: string): boolean {
  const damaged = (reason: string): never => {
    throw new SpineError('weights-format', `The zip file cannot be read: ${reason}.`);
  };
  return zipEntries(bytes, damaged).has(name);
}
