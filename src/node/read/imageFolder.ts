import { resolve } from 'node:path';
import { SpineError } from '../../errors.js';
import type { Dataset } from '../../dataset/index.js';
import { names, optionsOf } from '../../options.js';
import {
  fileDataset,
  fileDatasetDefaults,
  fileDatasetRules,
  type FileDatasetOptions,
  type FileEntry,
} from './fileDataset.js';
import { findImages, imageExtensions, isImageName, listFolder, unlabelledFolder } from './walk.js';

export interface ImageFolderOptions extends FileDatasetOptions {
  /** Read only these classes; each must have a folder. By default all folders, that of images without a label too. */
  readonly classes?: readonly string[];
}

export const imageFolderOptions = optionsOf<ImageFolderOptions, typeof fileDatasetDefaults>(
  'imageFolder',
  { ...fileDatasetRules, classes: names },
  fileDatasetDefaults,
);

export const imageFilesOptions = optionsOf<FileDatasetOptions, typeof fileDatasetDefaults>(
  'imageFiles',
  fileDatasetRules,
  fileDatasetDefaults,
);

/**
 * A data set from one folder per class. Images may lie in folders of their own within a class; hidden files and files
 * of other endings than {@link imageExtensions} are passed over.
 *
 * @returns samples sorted by id: the path within `directory`, with `/` between names. The label is the class folder's
 * name; images in a folder `_unlabelled`, as `exportFolders` writes, have none.
 * @throws SpineError `file-missing` if there is no such folder; `dataset-empty` if it has no class folder, or one
 * without an image; `unknown-label` if a wanted class has no folder.
 */
export async function imageFolder(directory: string, options: ImageFolderOptions = {}): Promise<Dataset> {
  const settings = imageFolderOptions.check(options);
  const classes = await classFolders(directory, settings.classes);
  const entries: FileEntry[] = [];
  for (const folder of classes) {
    settings.signal?.throwIfAborted();
    const images = await findImages(resolve(directory, folder));
    if (images.length === 0) {
      throw new SpineError(
        'dataset-empty',
        `The class folder ${folder} of ${directory} holds no image (${imageExtensions.join(' ')}). Fill it, remove it, or name the wanted classes.`,
        { details: { directory, label: folder } },
      );
    }
    const known = folder === unlabelledFolder ? {} : { label: folder };
    for (const path of images)
      entries.push({ id: `${folder}/${path}`, file: resolve(directory, folder, path), ...known });
  }
  return fileDataset(entries, settings);
}

/**
 * An unlabelled data set of all images in a folder and its subfolders.
 *
 * @returns samples sorted by id: the path within `directory`, with `/` between names.
 * @throws SpineError `file-missing` if there is no such folder; `dataset-empty` if it holds no image.
 */
export async function imageFiles(directory: string, options: FileDatasetOptions = {}): Promise<Dataset> {
  const settings = imageFilesOptions.check(options);
  const images = await findImages(directory);
  if (images.length === 0) {
    throw new SpineError(
      'dataset-empty',
      `${directory} and its subfolders hold no image (${imageExtensions.join(' ')}).`,
      {
        details: { directory },
      },
    );
  }
  return fileDataset(
    images.map((path) => ({ id: path, file: resolve(directory, path) })),
    settings,
  );
}

async function classFolders(directory: string, wanted: readonly string[] | undefined): Promise<readonly string[]> {
  const entries = await listFolder(directory);
  const found = entries.filter((entry) => entry.kind === 'folder').map((entry) => entry.name);
  const details = { directory, found };
  if (found.length === 0) {
    const loose = entries.filter((entry) => isImageName(entry.name)).length;
    throw new SpineError(
      'dataset-empty',
      loose > 0
        ? `${directory} holds ${loose} ${loose === 1 ? 'image' : 'images'} but no class folder. Sort the images into one folder per class, or read them without labels with imageFiles.`
        : `${directory} holds no class folder. imageFolder reads one folder per class with images inside.`,
      { details },
    );
  }
  if (wanted === undefined) return found;
  if (wanted.length === 0)
    throw new SpineError('invalid-argument', 'classes is empty. Name at least one, or leave it out to read all.');
  const missing = wanted.filter((label) => label === unlabelledFolder || !found.includes(label));
  if (missing.length > 0) {
    throw new SpineError(
      'unknown-label',
      `${directory} has no folder for ${missing.join(', ')}; it has ${found.join(', ')}.`,
      {
        details: { ...details, missing },
      },
    );
  }
  return found.filter((label) => wanted.includes(label));
}
