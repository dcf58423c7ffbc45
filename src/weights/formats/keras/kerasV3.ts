import { requireBytes } from '../../../arguments.js';
import { SpineError } from '../../../errors.js';
import { readHdf5 } from '../hdf5/index.js';
import { layerFinder } from './kerasConfig.js';
import { readVariableStore } from './kerasVariables.js';
import type { NamedArrays } from '../../namedArrays.js';
import { zipBytes, zipEntries } from '../zip.js';

const configName = 'config.json';
const weightsName = 'model.weights.h5';
const what = '.keras file';

/**
 * Reads the weights of a `.keras` file, as Keras 3 writes it and Keras 2.12 and later did. Its configuration says which
 * layer is which and what its variables are. Types are as in {@link readKerasH5}. The model itself is not built:
 * build the one that fits, and load the weights into it.
 *
 * Needs the optional package h5wasm.
 *
 * @throws SpineError `weights-format` if the file is truncated, damaged, no model of layers, or an entry would unfold
 * to over 100 times its size; `dependency-missing` without h5wasm.
 */
export async function readKerasV3(bytes: Uint8Array): Promise<NamedArrays> {
  requireBytes('readKerasV3', bytes);
  const entries = zipEntries(bytes, reject);
  const entry = (name: string) => zipBytes(bytes, name, entries.get(name) ?? reject(`it holds no ${name}`), reject);
  const find = layerFinder(parseConfig(entry(configName))) ?? reject(`its ${configName} describes no model of layers`);
  return readHdf5(entry(weightsName), what, (file) => readVariableStore(file, find));
}

function parseConfig(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    return reject(`its ${configName} is no JSON`, cause);
  }
}

function reject(reason: string, cause?: unknown): never {
  throw new SpineError('weights-format', `The ${what} cannot be read: ${reason}.`, { cause });
}
