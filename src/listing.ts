/** Names for a message: each in quotes, the first few of a long list, and how many are left out. */
export function listNames(names: Iterable<string>, limit = 8): string {
  const all = [...names];
  const shown = all
    .slice(0, limit)
    .map((name) => `"${name}"`)
    .join(', ');
  return all.length > limit ? `${shown} and ${all.length - limit} more` : shown;
}

/** The first of many names for a message, bare, and how many there are. */
export function listFirst(names: readonly string[], limit: number): string {
  return names.slice(0, limit).join(', ') + (names.length > limit ? `, … (${names.length} in all)` : '');
}
