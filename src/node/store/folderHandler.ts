import { join, resolve } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { quoted } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import { modelHandler, storeHandlerDefaults } from '../../store/index.js';
import { makeFolders, orWriteFailed, removeMadeFolders } from '../write/index.js';
import { filesOf } from './folderStore.js';

/**
 * Saves a tfjs model in a folder, and loads it: `model.save(folderHandler(directory))`,
 * `loadLayersModel(folderHandler(directory))`. It is `storeHandler(folderStore(directory))`, and reads shards of any
 * name too, as other software may have written them. The folder holds `model.json` and weight shards of 4 MB in tfjs's
 * own layout, which every tfjs loads, over HTTP too.
 *
 * Saving is atomic, as `storeHandler` says; after one that fails, folders that were made for it are gone.
 *
 * @throws SpineError `invalid-argument` for what is no path; both promises reject with `write-failed`; `file-missing` if the folder, `model.json` or a
 * shard is not there; `weights-format` if one is damaged.
 */
export function folderHandler(directory: string): tf.io.IOHandler {
  if (typeof directory !== 'string' || directory === '')
    throw new SpineError('invalid-argument', `The folder of folderHandler must be a path; got ${quoted(directory)}.`);
  const folder = resolve(directory);
  const files = filesOf(folder);
  const handler = modelHandler(
    {
      store: files,
      kind: 'folder',
      holds: (path) => resolve(folder, path).startsWith(join(folder, '/')),
      locate: (path) => resolve(folder, path),
      readInto: (path, target) => files.readInto(path, target),
      handler: 'folderHandler(directory)',
    },
    storeHandlerDefaults.name,
  );
  return {
    ...handler,
    async save(artifacts) {
      const made = await orWriteFailed(folder, makeFolders(folder));
      try {
        return await handler.save!(artifacts);
      } catch (error) {
        await removeMadeFolders(folder, made);
        throw error;
      }
    },
  };
}
