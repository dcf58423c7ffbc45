/**
 * Turns any text into file names that every file system takes, all different also where case does not count. The same
 * texts in the same order give the same names.
 */
export function createFileNames(reserved: readonly string[] = []): (text: string, extension?: string) => string {
  const taken = new Set(reserved.map((name) => name.toLowerCase()));
  return (text, extension = '') => {
    const stem = safe(text);
    let name = stem + extension;
    for (let copy = 2; taken.has(name.toLowerCase()); copy++) name = `${stem}-${copy}${extension}`;
    taken.add(name.toLowerCase());
    return name;
  };
}

function safe(text: string): string {
  const name = text
    .normalize('NFC')
    .replace(/[/\\<>:"|?*\p{Cc}]+/gu, '_')
    .replace(/^[.\s]+/, '')
    // Leaves room for a number and an ending within the 255 bytes a name may have.
    .replace(/^(.{60}).*$/su, '$1')
    // After the cut, which may end in one of these.
    .replace(/[.\s]+$/, '');
  if (name === '') return '_';
  // Names of devices on Windows.
  return /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name) ? `_${name}` : name;
}
