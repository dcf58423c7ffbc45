/**
 * Width of `text` in pixels at `fontSize`, from classes of characters; a little generous. For layout where nothing can
 * be measured.
 */
export function textWidth(text: string, fontSize: number): number {
  let ems = 0;
  for (const character of text) ems += emsOf(character);
  return Math.ceil(ems * fontSize);
}

/** `text` cut to `width` pixels, the cut marked by an ellipsis. */
export function fitText(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const characters = [...text];
  // The first character stands, whatever its width.
  let fitting = 1;
  let ems = emsOf(characters[0]!);
  while (fitting < characters.length) {
    ems += emsOf(characters[fitting]!);
    if (Math.ceil((ems + emsOf('…')) * fontSize) > width) break;
    fitting++;
  }
  return `${characters.slice(0, fitting).join('')}…`;
}

function emsOf(character: string): number {
  if (
    /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u.test(character)
  )
    return 1;
  if (/[MW@%\p{Lu}]/u.test(character)) return 0.72;
  if (/[\s.,:;'|!iljtf()[\]-]/u.test(character)) return 0.34;
  return /\p{Mark}/u.test(character) ? 0 : 0.58;
}
