// A plugin of typedoc: public names stand in groups called after the folders of src, in the pipeline's order, instead of
// in one alphabetical list by kind.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Comment, CommentTag, Converter } from 'typedoc';
import { mayImport } from '../lint/folders.js';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** What lies in src itself, beside the folders. */
const shared = 'shared';

export const groupOrder = ['Documents', 'Modules', ...Object.keys(mayImport), shared, '*'];

/** Called by typedoc. */
export function load(app) {
  // Pages are called after their files, without the folder that they have in common but for CONTRIBUTING.
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    page.name = page.name.replace(/^docs\//, '');
  });
  // Before typedoc makes its groups, which it does at this event with a priority of -100.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const entry of project.children ?? []) {
      for (const name of entry.children ?? []) setGroup(name, folderOf(project, name));
    }
  });
}

function folderOf(project, name) {
  const declared = name.isReference() ? name.getTargetReflectionDeep() : name;
  const file = project.getSymbolIdFromReflection(declared)?.fileName;
  if (file === undefined) return undefined;
  const [folder, ...rest] = path.relative(src, file).split(path.sep);
  return rest.length === 0 ? shared : folder;
}

function setGroup(name, group) {
  if (group === undefined) return;
  name.comment ??= new Comment();
  name.comment.blockTags.push(new CommentTag('@group', [{ kind: 'text', text: group }]));
}
