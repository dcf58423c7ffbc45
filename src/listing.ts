/** Names for a message: each in quotes, the first few of a long list, and how many are left out. */
export function listNames(names: Iterable<string>, limit = 8): string {
  const all = [...names];
  const shown = all.slice(0, limit).map((name) => `"${name}"`).join(', ');
  return all.length > limit ? `${shown} and ${all.length - limit} more` : shown;
}
