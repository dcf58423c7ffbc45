/** A tag of a document, with its attributes unescaped. */
export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a document is made of. */
export interface ParsedDocument {
  readonly tags: readonly Tag[];
  /** All text between tags, unescaped; a style sheet's is left out. */
  readonly text: string;
}

const voidTags = new Set(['meta', 'img', 'br', 'hr', 'link', 'input']);
const token = /<!DOCTYPE html>|<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/y;

/**
 * Reads a document strictly and throws where it is not well formed: a bare `<`, an attribute without quotes, a tag not
 * closed or closed twice, an unknown entity, an id used twice.
 */
export function parseDocument(html: string): ParsedDocument {
  const tags: Tag[] = [];
  const open: string[] = [];
  let text = '';
  for (let at = 0; at < html.length;) {
    if (html[at] !== '<') {
      const end = html.indexOf('<', at);
      const piece = html.slice(at, end < 0 ? html.length : end);
      if (open.at(-1) !== 'style') text += unescape(piece);
      at += piece.length;
      continue;
    }
    token.lastIndex = at;
    const found = token.exec(html);
    if (found === null) throw new Error(`not a tag: ${html.slice(at, at + 80)}`);
    at += found[0].length;
    const [, closing, name, attributes = '', selfClosing] = found;
    if (name === undefined) continue;
    if (closing === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${String(last)}> before ${html.slice(at, at + 80)}`);
      text += ' ';
      continue;
    }
    tags.push({ name, attributes: parseAttributes(attributes) });
    if (selfClosing !== '/' && !voidTags.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`left open: ${open.join(', ')}`);
  const ids = tags.flatMap(({ attributes }) => attributes['id'] ?? []);
  if (new Set(ids).size !== ids.length) throw new Error(`ids used twice: ${ids.join(', ')}`);
  return { tags, text: text.replace(/\s+/g, ' ') };
}

function parseAttributes(source: string): Record<string, string> {
  const pairs = [...source.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(
    ([, name, value = '']) => [name!, unescape(value)] as const,
  );
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw new Error(`attribute given twice: ${source}`);
  return Object.fromEntries(pairs);
}

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));?|&/g, (entity, code: string | undefined, name: string | undefined) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    const character = { amp: '&', lt: '<', gt: '>', quot: '"' }[name ?? ''];
    if (character === undefined) throw new Error(`unknown entity ${entity}`);
    return character;
  });
}
